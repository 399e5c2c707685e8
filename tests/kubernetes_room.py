"""A stand-in of the Kubernetes API on loopback that runs each job's command as a process of this machine.

It refuses what a cluster refuses and what this one is known to: an extended resource without an equal limit, the log
of a container before a restart that never was. No assertion is made here (PYTEST_DONT_REWRITE).
"""

import base64
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PATHS = (
    r"/(?:api|apis/batch)/v1/namespaces/(?P<namespace>[^/]+)/(?P<kind>[a-z]+)(?:/(?P<name>[^/]+)(?:/(?P<part>\w+))?)?"
)
IMAGE = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}  # what a container has of its own


class RefusedError(Exception):
    """An answer that is no success: status and message."""


class Pod:
    """One job's only pod: its process, once there is one, and what it said."""

    def __init__(self, job: dict, secrets: dict[str, dict]):
        self.job, self.process, self.code, self.deleted = job, None, None, False
        self.container = job["spec"]["template"]["spec"]["containers"][0]
        self.env = IMAGE | {entry["name"]: _secret(entry, secrets) for entry in self.container.get("env", [])}
        self.said = b""

    def run(self) -> None:
        """The container from start to end, in an empty folder of its own."""
        with tempfile.TemporaryDirectory() as empty:
            if self.deleted:
                return
            words = self.container["command"] + self.container["args"]
            how = {"env": self.env | {"HOME": empty}, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            self.process = subprocess.Popen(words, cwd=empty, start_new_session=True, **how)
            self.said = self.process.communicate()[0]
            self.code = self.process.returncode

    def delete(self) -> None:
        """End it, if it runs."""
        self.deleted = True
        if self.process and self.code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)

    def state(self) -> dict:
        """The pod as the API shows it."""
        name = f"{self.job['metadata']['name']}-0"
        shown = {"metadata": {"name": name}, "status": {"phase": "Pending"}}
        if self.process:
            state = {"running": {}} if self.code is None else {"terminated": {"exitCode": self.code}}
            about = {"name": self.container["name"], "image": "", "imageID": "", "ready": False, "restartCount": 0}
            shown["status"] = {"phase": "Running", "containerStatuses": [about | {"state": state}]}
        return shown


class Cluster(ThreadingHTTPServer):
    """One node with two places for pods; ``jobs`` keeps every job that was ever accepted.

    Args:
        claim: name of the only volume claim.
        folder: where it is mounted.
    """

    daemon_threads = True

    def __init__(self, claim: str, folder: str):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.volume = {"mountPath": folder, "name": claim}
        self.jobs, self.pods, self.secrets = [], {}, {}
        self.node = ThreadPoolExecutor(2)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return self

    def __exit__(self, *_):
        for pod in list(self.pods.values()):
            pod.delete()
        self.node.shutdown()
        self.shutdown()
        self.server_close()

    def config(self) -> str:
        """A KUBECONFIG that leads here; JSON is YAML."""
        cluster = {"name": "tests", "cluster": {"server": f"http://127.0.0.1:{self.server_port}"}}
        context = {"name": "tests", "context": {"cluster": "tests", "user": "tests"}}
        made = {"clusters": [cluster], "contexts": [context], "users": [{"name": "tests", "user": {}}]}
        return json.dumps(made | {"current-context": "tests"})

    def create(self, kind: str, body: dict) -> dict:
        """Take a secret, or a job, which then runs."""
        if kind == "secrets":
            self.secrets[body["metadata"]["name"]] = body.get("data", {})
        elif kind == "jobs":
            _check(body, self.volume)
            pod = self.pods[body["metadata"]["name"]] = Pod(body, self.secrets)
            self.jobs.append(body)
            self.node.submit(pod.run)
        else:
            raise RefusedError(404, f"no {kind}")
        return body

    def read(self, kind: str, name: str | None, part: str | None, query: dict) -> dict | bytes:
        """A job's status, the pods of a job, or a pod's log."""
        if kind == "pods" and name is None:
            wanted = query["labelSelector"].removeprefix("job-name=")
            return {"items": [pod.state() for job, pod in self.pods.items() if job == wanted]}
        pod = self._pod(name.removesuffix("-0"))
        if (kind, part) == ("pods", "log"):
            if query.get("previous", "").lower() == "true":
                raise RefusedError(
                    400, f'previous terminated container "{query["container"]}" in pod "{name}" not found'
                )
            return pod.said
        if (kind, part) != ("jobs", "status"):
            raise RefusedError(404, f"no {part} of {kind}")
        ended = {} if pod.code is None else {"failed" if pod.code else "succeeded": 1}
        return pod.job | {"status": ended}

    def delete(self, kind: str, name: str) -> dict:
        """Drop it; a pod ends with its job."""
        if kind == "secrets":
            self.secrets.pop(name, None)
        elif kind == "jobs":
            self._pod(name).delete()
            del self.pods[name]
        else:
            self._pod(name.removesuffix("-0")).delete()
        return {"status": "Success"}

    def _pod(self, job: str) -> Pod:
        if job not in self.pods:
            raise RefusedError(404, f"{job} not found")
        return self.pods[job]


class _Handler(BaseHTTPRequestHandler):
    def answer(self):
        """Do what is asked, and say what came of it, in JSON; a log as it is."""
        parts = urlsplit(self.path)
        asked = re.fullmatch(PATHS, parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if not asked or asked["namespace"] != "default":
                raise RefusedError(404, f"{self.path}: unknown")
            if self.command == "POST":
                status, made = 201, self.server.create(asked["kind"], json.loads(body))
            elif self.command == "DELETE":
                status, made = 200, self.server.delete(asked["kind"], asked["name"])
            else:
                status, made = 200, self.server.read(asked["kind"], asked["name"], asked["part"], query)
        except RefusedError as refusal:
            status, made = refusal.args[0], {"kind": "Status", "message": refusal.args[1]}
        content = made if isinstance(made, bytes) else json.dumps(made).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(made, bytes) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815

    def log_message(self, *_):
        pass


def _check(job: dict, volume: dict) -> None:
    """Refuse a job that no cluster would take, or that does not mount the volume."""
    spec = job["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    asked, limits = (container["resources"].get(name, {}) for name in ("requests", "limits"))
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", job["metadata"]["name"]):
        raise RefusedError(422, "metadata.name: Invalid value")
    for name in filter(lambda name: "/" in name, asked):
        if asked[name] != limits.get(name):
            raise RefusedError(422, f"{name}: Limit must be set for non overcommitable resources")
    claims = {v["name"]: v.get("persistentVolumeClaim", {}).get("claimName") for v in spec["volumes"]}
    if volume not in container["volumeMounts"] or claims.get(volume["name"]) != volume["name"]:
        raise RefusedError(422, f"{volume} is not mounted")


def _secret(entry: dict, secrets: dict[str, dict]) -> str:
    """The value of an environment variable that names a secret's key."""
    source = entry["valueFrom"]["secretKeyRef"]
    if source["key"] not in secrets.get(source["name"], {}):
        raise RefusedError(422, f"no secret {source}")
    return base64.b64decode(secrets[source["name"]][source["key"]]).decode()
