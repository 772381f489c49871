"""A person at a headless Chromium: what they see, press and fill in, and what its console says meanwhile."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import NamedTuple, TypeVar

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium_axe_python import Axe

FoundT = TypeVar("FoundT")

INSTALL = Path(__file__).with_name("install-chromium")


class Size(NamedTuple):
    width: int
    height: int
    phone: bool = False


DESKTOP, PHONE = Size(1280, 900), Size(390, 844, phone=True)

# The resolver's rule shows that pages need nothing from elsewhere: asking for it would be an error in the console.
_FLAGS = (
    *(
        "--headless=new",
        "--window-size=1400,1200",
        "--no-first-run",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
    ),
    *("--disable-component-update", "--disable-sync", "--no-proxy-server", "--hide-scrollbars", "--lang=en"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
NO_CONNECTION, FORBIDDEN, UNAUTHORIZED = "net::ERR_", "403 (Forbidden)", "401 (Unauthorized)"
"""What the console says of that."""
_TABS = 60
_PATIENCE = 90.0  # seconds; a machine that is busy with other tests is slow


def missing() -> str | None:
    """Why there is no Chromium here, after it was tried to install one."""
    done = subprocess.run([INSTALL], stderr=subprocess.PIPE, text=True, check=False)
    return done.stderr.strip() if done.returncode else None


@contextmanager
def opened() -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = str(which("chromium"))
    for flag in (*_FLAGS, *(["--no-sandbox"] if os.getuid() == 0 else [])):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options, ChromeService(which("chromedriver")))
    chrome.set_script_timeout(_PATIENCE)
    try:
        yield chrome
    finally:
        chrome.quit()


class Person:
    def __init__(self, chrome: Chrome) -> None:
        self.chrome = chrome
        self.sits_at(DESKTOP)
        self.likes("light")
        self.chrome.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})

    # --- where they are

    def sits_at(self, size: Size) -> None:
        told = {"width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": size.phone}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)
        self.chrome.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": size.phone})

    def likes(self, scheme: str) -> None:
        """Light or dark, and nothing that moves."""
        wanted = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wanted.items()]
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def goes_to(self, address: str) -> None:
        self.chrome.get(address)

    def leaves(self) -> None:
        """Nothing of theirs is left in the browser."""
        self.goes_to("about:blank")
        self.chrome.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.complaints()

    @contextmanager
    def without_scripts(self) -> Iterator[None]:
        """No page may run any."""
        self.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        yield
        self.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    @contextmanager
    def stays(self) -> Iterator[None]:
        """On this page: nothing loads it again."""
        self.chrome.execute_script("window.stayed = true")
        yield
        assert self.chrome.execute_script("return window.stayed === true"), "the page was loaded again"

    @contextmanager
    def expects(self, complaint: str) -> Iterator[None]:
        """Of the console, and no other."""
        assert self.complaints() == []
        yield
        assert [one for one in self.complaints() if complaint not in one] == []

    # --- what they see

    @property
    def text(self) -> str:
        return self.waits_for(lambda: self.chrome.find_element(By.TAG_NAME, "body").text)

    def sees(self, *texts: str, within: float = _PATIENCE) -> None:
        for text in texts:
            assert self._until(lambda text=text: text in self.text, within), f"{text!r} is not in:\n{self.text}"

    def finds(self, selector: str, within: float = _PATIENCE) -> WebElement:
        return self.waits_for(lambda: self.chrome.find_element(By.CSS_SELECTOR, selector), within)

    def waits_for(self, looked_up: Callable[[], FoundT], within: float = _PATIENCE) -> FoundT:
        """What is found, once it is there; live parts of a page are replaced while somebody looks at them."""
        end = time.monotonic() + within
        while True:
            try:
                if found := looked_up():
                    return found
            except WebDriverException:
                pass
            assert time.monotonic() < end, f"waited in vain at {self.chrome.current_url}:\n{self._shown()}"
            time.sleep(0.1)

    def _until(self, true: Callable[[], bool], within: float) -> bool:
        end = time.monotonic() + within
        while not (done := true()) and time.monotonic() < end:
            time.sleep(0.1)
        return done

    def _shown(self) -> str:
        return self.chrome.find_element(By.TAG_NAME, "body").text

    # --- what they do

    def presses(self, name: str) -> None:
        """The button with this text, or the link that looks like one."""
        self._clicks(f"//*[self::button or self::a[contains(@class, 'button')]][normalize-space()='{name}']")

    def follows(self, name: str) -> None:
        """The link with this text."""
        self._clicks(f"//a[normalize-space()='{name}']")

    def types_to(self, name: str) -> None:
        """With the keyboard alone: Tab as often as it takes to reach what is called so, and Enter."""
        for _ in range(_TABS):
            ActionChains(self.chrome).send_keys(Keys.TAB).perform()
            reached = self.waits_for(lambda: [self.chrome.switch_to.active_element.get_property("textContent")])
            if str(reached[0]).strip() == name:
                ActionChains(self.chrome).send_keys(Keys.ENTER).perform()
                return
        raise AssertionError(f"{name!r} is not reached by the keyboard")

    def fills_in(self, label: str, text: str | Path) -> None:
        """The field with this label; a path for one that takes a file."""
        path = f"//label[contains(normalize-space(), '{label}')]"

        def field() -> WebElement | None:
            labelled = self.chrome.find_element(By.XPATH, path)
            found: WebElement | None = self.chrome.execute_script("return arguments[0].control", labelled)
            return found

        self.waits_for(field).send_keys(str(text))

    def chooses(self, label: str) -> None:
        """Of several things to choose from, the one with this label."""
        self._clicks(f"//label[*[normalize-space()='{label}']]")

    def _clicks(self, path: str) -> None:
        def clicked() -> bool:
            self.chrome.find_element(By.XPATH, path).click()
            return True

        self.waits_for(clicked)

    # --- what is wrong

    def complaints(self) -> list[str]:
        """What the console has said since it was asked last."""
        return [each["message"] for each in self.chrome.get_log("browser")]

    def obstacles(self) -> list[str]:
        """What keeps people from using this page, in light and in dark."""
        found = []
        for scheme in ("dark", "light"):
            self.likes(scheme)
            found += [f"{scheme}: {one}" for one in self._obstacles()]
        return found

    def _obstacles(self) -> list[str]:
        """What axe finds, and a page that is wider than its window."""
        axe = Axe(self.chrome)
        axe.inject()
        found = [
            f"{broken['id']}: {broken['help']}: {', '.join(str(node['target']) for node in broken['nodes'])}"
            for broken in axe.run()["violations"]
        ]
        root = "document.documentElement"  # its own width: a phone that shows all of a wide page makes its window wider
        wide = self.chrome.execute_script(f"return {root}.scrollWidth - {root}.clientWidth")
        return [*found, *([f"{wide} pixels wider than the window"] if wide > 0 else [])]
