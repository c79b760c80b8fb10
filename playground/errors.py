"""What a person typed and what is wrong with it: the one family of errors that pages show."""

import unicodedata


class InputError(ValueError):
    """A value that can't be used. The message is one sentence, written for the person who typed it.

    Attributes:
        field: the name of the setting that the value came from, or None where there is no one field.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class ExpressionError(InputError):
    """A text that is no expression of the language.

    Attributes:
        column: where in the text, counted from 1; None where the whole text is meant.
        text: what was typed, once that is known.
        remedy: what to type instead, whole; empty where that isn't known.
        offer: what a press on it would do.
    """

    def __init__(self, message: str, *, column: int | None = None, field: str | None = None, remedy: str = "") -> None:
        super().__init__(message, field=field)
        self.column = column
        self.remedy = remedy
        self.offer = "Use this text"
        self.text: str | None = None

    def pointer(self, width: int = 72) -> str:
        """The text around the column on one line, and below it a caret; empty where there is no column.

        Args:
            width: in characters; of a longer text what stands around the column.
        """
        if self.column is None or not self.text:
            return ""
        # One place each, so that the caret stands where it should: no line ends, no marks above letters.
        shown = "".join(one if one.isprintable() and not unicodedata.combining(one) else "\ufffd" for one in self.text)
        start = max(0, min(self.column - 1 - width // 2, len(shown) + 1 - width))
        line = shown[start : start + width]
        if start:
            line = "…" + line[1:]
        if start + width < len(shown):
            line = line[:-1] + "…"
        return f"{line}\n{' ' * (self.column - 1 - start)}^"
