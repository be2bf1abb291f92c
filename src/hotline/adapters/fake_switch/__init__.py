"""A switch in memory with scripted telephones, for tests: the port's whole contract without sound."""

from hotline.adapters.fake_switch.switch import FakeSwitch, ScriptedPhone

__all__ = ["FakeSwitch", "ScriptedPhone"]
