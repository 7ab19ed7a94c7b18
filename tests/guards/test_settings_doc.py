"""Every setting is documented, in the words of the code."""

from scripts.write_settings_doc import PAGE, page


def test_the_page_of_settings_says_what_the_code_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make docs`"
