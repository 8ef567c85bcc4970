"""A file system for Beam that keeps its files in memory, under `inmemory://`."""

from __future__ import annotations

import io

from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem

STORE: dict[str, bytes] = {}


class _Upload(io.BytesIO):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def close(self):
        if not self.closed:
            STORE[self.path] = self.getvalue()
        super().close()


class MemoryFileSystem(FileSystem):
    """An object store: no folders, and a rename onto an existing object fails, as HDFS's does."""

    @classmethod
    def scheme(cls):
        return "inmemory"

    def join(self, basepath, *paths):
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path):
        return tuple(path.rsplit("/", 1))

    def mkdirs(self, path):
        pass

    def has_dirs(self):
        return False

    def _list(self, dir_or_prefix):
        for path, content in list(STORE.items()):
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(content), 1.0)

    def create(self, path, mime_type="", compression_type="auto"):
        return _Upload(path)

    def open(self, path, mime_type="", compression_type="auto"):
        if path not in STORE:
            raise BeamIOError("Open failed", {path: "not found"})
        return io.BytesIO(STORE[path])

    def copy(self, source_file_names, destination_file_names):
        raise NotImplementedError

    def rename(self, source_file_names, destination_file_names):
        for source, destination in zip(source_file_names, destination_file_names, strict=True):
            if destination in STORE:
                raise BeamIOError("Rename failed", {destination: "exists"})
            STORE[destination] = STORE.pop(source)

    def exists(self, path):
        return path in STORE

    def size(self, path):
        return len(STORE[path])

    def last_updated(self, path):
        return 1.0

    def checksum(self, path):
        return str(hash(STORE[path]))

    def metadata(self, path):
        return FileMetadata(path, len(STORE[path]), 1.0)

    def delete(self, paths):
        for path in paths:
            for name in [name for name in STORE if name == path or name.startswith(path + "/")]:
                del STORE[name]
