"""FreeSWITCH behind the switch port: its event socket, its nodes, its directory of users."""
