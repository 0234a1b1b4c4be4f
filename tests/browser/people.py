"""How somebody comes in and goes out. All tests are signed in by the functions here."""

import re
import urllib.parse

NAME, PASSWORD = "Ada Keeper", "four plain words together"


def invited(daemon, name=NAME):
    """The path of a new invitation; the first person becomes an admin."""
    return urllib.parse.urlsplit(daemon.archive.run("user", "invite", name, "--role", "admin")).path


def accept(reader, link):
    """Chooses a password behind the link, and is signed in with it."""
    page = reader.page
    reader.open(link)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Choose this password").click()
    page.wait_for_url("/")


def sign_in_by_form(reader):
    """With the password, as on every other day."""
    page = reader.page
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def sign_in(reader, daemon):
    """The quick way: with the session that somebody has begun on this daemon before."""
    if daemon.session is None:
        accept(reader, invited(daemon))
        daemon.session = reader.context.cookies()
    reader.context.add_cookies(daemon.session)
    reader.open("/")


def sign_in_by_keyboard(reader):
    """Without a pointer."""
    keyboard = reader.page.keyboard
    reader.open("/sign-in")
    reader.tab_to(reader.page.get_by_label("Name"))
    keyboard.type(NAME)
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    reader.page.wait_for_url("/")


def sign_out(reader):
    reader.page.get_by_role("button", name="Sign out").click()
    reader.page.wait_for_url(re.compile("/sign-in"))


def strangers_pages(daemon):
    """Pages for whom is not signed in: the form, an invitation, one that is used up."""
    return ["/sign-in", invited(daemon, "Somebody else"), "/invite/used-up"]
