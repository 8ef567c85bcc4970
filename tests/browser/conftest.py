"""A headless Chromium that opens reports; without one the tests fail and say what to install."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--no-first-run", "--disable-dev-shm-usage", "--window-size=1400,900"),
)


@dataclass
class Page:
    """A report in the browser; queries are CSS."""

    driver: webdriver.Chrome

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements("css selector", css)

    def one(self, css: str) -> WebElement:
        return self.driver.find_element("css selector", css)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def press(self, *keys: str) -> None:
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def soon(self, css: str) -> WebElement:
        """An element that is made when it comes into sight."""
        self.run("arguments[0].scrollIntoView({block: 'center'})", self.one(css.split()[0]))
        return WebDriverWait(self.driver, 20).until(lambda _: self.one(css), f"no {css}")

    def click(self, css: str) -> None:
        self.run("arguments[0].scrollIntoView({block: 'center'})", self.one(css))
        self.one(css).click()

    @property
    def names(self) -> list[str]:
        """The features in the order of the table's rows."""
        script = "return [...document.querySelectorAll('tr[id] .name')].map(e => e.textContent)"
        found: list[str] = self.run(script)
        return found

    @property
    def focused(self) -> str:
        """What has the focus, by its id or else its text."""
        found: str = self.run(
            "const e = document.activeElement; return e.id || e.textContent.trim()"
        )
        return found

    def choose(self, select: str, value: str) -> None:
        self.click(f"#{select} option[value='{value}']")

    def cell(self, row: int, label: str) -> str:
        """What a cell says, to a screen reader too: several data sets are told apart by name."""
        script = "return document.querySelector(arguments[0]).innerText"
        return " ".join(self.run(script, f"#f{row} td[data-label='{label}']").split())

    def resize(self, width: int, height: int = 740) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, **features: str) -> None:
        told = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": told})

    def requests(self) -> list[str]:
        """What the page asked for since the last call, itself apart."""
        entries = self.driver.get_log("performance")
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        urls = [
            each["params"]["request"]["url"]
            for each in messages
            if each["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith(("file:", "data:"))]

    def complaints(self) -> list[str]:
        """What the browser wrote to its console since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.fail(
            "These tests open reports in Chromium: apt-get install chromium chromium-driver"
        )
    options = Options()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()


@pytest.fixture
def show(chromium: webdriver.Chrome, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """Opens HTML; in the end nothing may have been asked for, nor complained about."""
    page = Page(chromium)
    chromium.get("about:blank")
    # What the browser itself did while it started, or an earlier test left behind.
    page.requests(), page.complaints()

    def opened(text: str) -> Page:
        path = tmp_path / "report.html"
        path.write_text(text, encoding="utf-8")
        chromium.get(path.as_uri())
        return page

    yield opened
    assert page.requests() == []
    assert page.complaints() == []
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    page.run("try { localStorage.clear() } catch {}")
