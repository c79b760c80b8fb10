"""What a person typed and what is wrong with it: the one family of errors that pages show."""


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
    """

    def __init__(self, message: str, *, column: int | None = None, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.column = column
