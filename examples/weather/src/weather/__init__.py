"""A small application with a registry of its own: three lines, and its variables are in plugins like anyone's."""

from envatlas import Environment, Registry

registry = Registry("weather", group="envatlas.weather", filter_variable="WEATHER_PLUGINS", prefix="WEATHER_")
envs = Environment(registry)


def main() -> None:
    """Print what the station would do."""
    unit = "fahrenheit" if envs.WEATHER_FAHRENHEIT else "celsius"
    print(f"{envs.WEATHER_STATION}: every {envs.WEATHER_INTERVAL_S} s, in {unit}")
