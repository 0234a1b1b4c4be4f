"""How somebody comes in and goes out. All other tests begin signed in, by the one function here."""


def sign_in(reader, daemon):
    """From any page that asks for it, to the page behind."""
    page = reader.page
    reader.open("/sign-in")
    page.get_by_label("API token").fill(daemon.token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def sign_in_by_keyboard(reader, daemon):
    """The same without a pointer: the first field is reached with the first keys."""
    keyboard = reader.page.keyboard
    reader.open("/sign-in")
    reader.tab_to(reader.page.get_by_label("API token"))
    keyboard.type(daemon.token)
    keyboard.press("Enter")
    reader.page.wait_for_url("/")


def sign_out(reader):
    reader.page.get_by_role("button", name="Sign out").click()
    reader.page.wait_for_url("**/sign-in*")


def strangers_pages(daemon):
    """Pages for whom is not signed in."""
    return ["/sign-in"]
