import pytest

from playground import PRESETS, ExpressionError, InputError
from playground.labs.descent.problem import Formula
from playground.labs.shared.race.state import MAX_VARIABLES


@pytest.mark.parametrize("count", [1, MAX_VARIABLES])
def test_a_function_of_one_to_eight_variables_is_taken(count):
    assert len(Formula(" + ".join("abcdfghk"[:count])).objective.parameters) == count


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "there is no text"),
        ("3", "no variable"),
        ("1 + 1", "no variable"),
        ("a+b+c+d+f+g+h+k+l", "9 variables (a, b, c, d, f, g, h, k, …)"),
        ("sin(", "missing after '('"),
        ("x^2 +", "missing after '+'"),
    ],
)
def test_a_function_without_a_variable_or_with_too_many_is_refused(text, part):
    with pytest.raises(InputError) as error:
        Formula(text)
    assert error.value.field == "function"
    assert part in str(error.value)


def test_where_a_function_is_no_expression_the_column_is_kept():
    with pytest.raises(ExpressionError) as error:
        Formula("x + * y")
    assert error.value.column == 5


def test_equal_functions_are_equal_and_can_be_keys():
    assert len({Formula("x^2"), Formula("x^2"), Formula("x^2 ")}) == 2


def test_a_variable_begins_at_one_and_a_preset_is_seen_in_its_domain():
    assert Formula("x + q").default_start("q") == 1.0
    rosenbrock = PRESETS["Rosenbrock"]
    assert Formula(rosenbrock.text).domain == rosenbrock.domain
    assert Formula("x + q").domain == ()


def test_what_is_known_of_the_minima_is_the_gallerys_or_a_quadratics():
    himmelblau = PRESETS["Himmelblau"]
    assert Formula(himmelblau.text).known((0.0, 0.0)).points.tolist() == [[*map(float, p)] for p in himmelblau.minima]
    assert Formula("(x - 3)^2 + 2y^2").known((5.0, 5.0)).points.tolist() == [[3.0, 0.0]]
    assert Formula("x + y").known((0.0, 0.0)) is None
