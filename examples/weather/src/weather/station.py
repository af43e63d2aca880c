"""The application's own variables."""

from collections.abc import Iterable

from envatlas import Between, Flag, Integer, Text, Variable, hookimpl


@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    """Declare the variables of a weather station."""
    yield Variable("WEATHER_STATION", Text(), default="roof", help="Name of the station; unset, `roof`.")
    yield Variable(
        "WEATHER_INTERVAL_S",
        Integer(),
        default=60,
        help="Time between two measurements, in seconds; unset, 60.",
        unit="s",
        expects=Between(minimum=1),
    )
    yield Variable(
        "WEATHER_FAHRENHEIT",
        Flag(),
        default=False,
        help="Shows temperatures in degrees Fahrenheit; unset, in degrees Celsius.",
    )
