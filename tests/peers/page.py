"""Reads report.html, or the page of a gate's record, in a real browser, and says what it saw as JSON.

usage: page.py CHROMIUM AXE PAGE [FOLDER]

CHROMIUM is the program, AXE the file axe.min.js, PAGE the report. FOLDER, where given, gets
screenshots (light and dark, 1280 and 420 wide) and a printed PDF to look at.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile


class Browser:
    """A browser over its debugging pipe: messages end in a zero byte, and no port is opened."""

    def __init__(self, program, profile):
        to_browser, self.send_to = os.pipe()
        self.read_from, from_browser = os.pipe()
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                   f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        # The browser wants the two ends as its descriptors 3 and 4.
        script = f'exec 3<&{to_browser} 4>&{from_browser} && exec "$@"'
        self.process = subprocess.Popen(["bash", "-c", script, "bash", *command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        pass_fds=(to_browser, from_browser))
        os.close(to_browser)
        os.close(from_browser)
        self.pending, self.next_id, self.events = b"", 1, []

    def receive(self):
        while b"\0" not in self.pending:
            got = os.read(self.read_from, 1 << 20)
            if not got:
                raise SystemExit("the browser ended early")
            self.pending += got
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, session=None, **params):
        message = {"id": self.next_id, "method": method, "params": params}
        self.next_id += 1
        if session:
            message["sessionId"] = session
        os.write(self.send_to, json.dumps(message).encode() + b"\0")
        while True:
            got = self.receive()
            if got.get("id") == message["id"]:
                if "error" in got:
                    raise SystemExit(f"{method}: {got['error']}")
                return got["result"]
            self.events.append(got)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def close(self):
        self.process.kill()
        self.process.wait()


class Page:
    def __init__(self, browser, path):
        self.browser, self.url = browser, pathlib.Path(path).resolve().as_uri()
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        return self.browser.ask(method, self.session, **params)

    def load(self):
        self.browser.events.clear()
        self.ask("Page.navigate", url=self.url)
        self.browser.wait_for("Page.loadEventFired")

    def run(self, script):
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{script[:80]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def look(self, width, scheme):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def complaints(self):
        """What the page said or asked that it should not have."""
        found = []
        for event in self.browser.events:
            params, method = event.get("params", {}), event.get("method")
            if method == "Runtime.exceptionThrown":
                found.append(f"exception: {params['exceptionDetails'].get('text')}")
            elif method == "Runtime.consoleAPICalled":
                found.append(f"console: {params['type']}")
            elif method == "Log.entryAdded":
                found.append(f"log: {params['entry']['text']}")
            elif method == "Network.requestWillBeSent" and params["request"]["url"].split("#")[0] != self.url:
                found.append(f"request: {params['request']['url'][:200]}")
            elif method == "Page.javascriptDialogOpening":
                found.append(f"dialog: {params['message']}")
        return found


# Of the list, some: what the others hold is built alike.
OPEN = """for (const one of [...document.querySelectorAll('.case')].slice(0, 12)) {
  one.open = true;
  for (const box of one.querySelectorAll('details')) box.open = true;
}"""
AXE = """axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map(
  (one) => `${one.impact} ${one.id}: ${one.nodes.length} x ${one.nodes[0].html.slice(0, 200)}`))"""
STATUS = "document.querySelector('[role=status]').textContent"
SEARCH = """(() => { const box = document.querySelector('input[type=search]'); const began = performance.now();
  box.value = %s; box.dispatchEvent(new Event('input'));
  document.body.offsetHeight; return performance.now() - began; })()"""


def use(page, saw, folder):
    """Searches the list, follows a finding, and uses the keyboard."""
    saw["status"] = page.run(STATUS)
    saw["rows"] = page.run("document.querySelectorAll('.case').length")
    saw["search_ms"] = page.run(SEARCH % json.dumps("no such case anywhere"))
    saw["nothing"] = page.run(STATUS)
    page.run(SEARCH % json.dumps(""))
    page.run("document.querySelector('.findings a')?.click()")
    page.run("new Promise((done) => setTimeout(done, 0))")
    saw["opened"] = page.run("document.querySelector('.case[open] .key')?.textContent ?? null")
    if folder:
        page.run("new Promise((done) => { for (const box of document.querySelectorAll('.case[open] details'))"
                 " box.open = true; setTimeout(done, 100) })")
        folder.joinpath("case.png").write_bytes(base64.b64decode(page.ask("Page.captureScreenshot")["data"]))
    saw["focused"] = page.run("document.activeElement.tagName")
    page.ask("Input.dispatchKeyEvent", type="keyDown", key="/", text="/")
    saw["slash"] = page.run("document.activeElement.type ?? null")


def main():
    chromium, axe, path = sys.argv[1:4]
    folder = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else None
    saw = {"violations": [], "complaints": []}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(chromium, profile)
        try:
            page = Page(browser, path)
            for scheme in ("light", "dark"):
                for width in (1280, 420):
                    page.look(width, scheme)
                    page.load()
                    # Twice: what was closed inside what was closed.
                    page.run(OPEN)
                    page.run("new Promise((done) => setTimeout(done, 0)).then(() => {" + OPEN + "})")
                    page.run("new Promise((done) => setTimeout(done, 0))")
                    wide = page.run("document.documentElement.scrollWidth > document.documentElement.clientWidth")
                    if wide:
                        saw["complaints"].append(f"the page is wider than {width}")
                    if folder:
                        name = f"{scheme}-{width}.png"
                        shot = page.ask("Page.captureScreenshot", captureBeyondViewport=True,
                                        clip={"x": 0, "y": 0, "width": width, "height": 6000, "scale": 1})
                        folder.joinpath(name).write_bytes(base64.b64decode(shot["data"]))
                    page.run(pathlib.Path(axe).read_text(encoding="utf-8") + ";0")
                    where = f"{scheme} {width}: "
                    saw["violations"] += [where + one for one in page.run(AXE)]
                    saw["complaints"] += [where + one for one in page.complaints()]
            page.look(1280, "light")
            page.load()
            saw["title"] = page.run("document.title")
            # A record has no list, and no script.
            if page.run("document.getElementById('list') !== null"):
                use(page, saw, folder)
            saw["complaints"] += page.complaints()
            printed = base64.b64decode(page.ask("Page.printToPDF", printBackground=True)["data"])
            saw["pages"] = printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ")
            saw["pdf"] = printed[:5].decode("latin-1")
            if folder:
                folder.joinpath("print.pdf").write_bytes(printed)
        finally:
            browser.close()
    print(json.dumps(saw))


main()
