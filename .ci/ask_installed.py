"""Ask the server installed beside this interpreter for its tools and its skill, and compare them with the checkout."""

import re
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import TextResourceContents

PREFIX = "kitsu://skill/"


async def main(checkout: Path) -> None:
    """Exit with a message where the installed server differs from the checkout."""
    import kitsu_server

    if Path(kitsu_server.__file__).is_relative_to(checkout):
        sys.exit(f"The checkout in {checkout} answered in place of the installed wheel.")
    program = Path(sys.executable).with_name("mcp-server-kitsu")
    async with Client(StdioServerParameters(command=str(program), env={"KITSU_TOOLSETS": "all"})) as client:
        offered = {tool.name for tool in (await client.list_tools()).tools}
        resources = {one.uri for one in (await client.list_resources()).resources}
        served = {uri.removeprefix(PREFIX): await _text(client, uri) for uri in resources if uri.startswith(PREFIX)}
    _, _, tools = (checkout / "README.md").read_text(encoding="utf-8").partition("\n## Tools\n")
    promised = set(re.findall(r"^\| `([a-z_]+)` \|", tools.partition("\n## ")[0], re.MULTILINE))
    if offered != promised or not offered:
        sys.exit(f"The tools and README's table differ: {sorted(offered ^ promised)}")
    files = [checkout / "SKILL.md", *(checkout / "references").rglob("*.md")]
    wanted = {one.relative_to(checkout).as_posix(): one.read_bytes() for one in files}
    if served != wanted:
        sys.exit(f"The skill differs: {sorted(one for one in served | wanted if served.get(one) != wanted.get(one))}")
    sys.stdout.write(f"The installed wheel offers {len(offered)} tools and {len(served)} files of the skill.\n")


def without_the_sandbox() -> None:
    """Exit with a message where the wheel holds more than the server, or its `demo` does not say what is missing."""
    carried = {one.parts[0] for one in files("mcp-server-kitsu") or []} - {".."}  # beside them: the program
    if {one for one in carried if not one.endswith(".dist-info")} != {"kitsu_server", "kitsu_tools"}:
        sys.exit(f"The wheel holds other packages than the server's two: {sorted(carried)}")
    program = Path(sys.executable).with_name("mcp-server-kitsu")
    demo = subprocess.run([program, "demo"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if (demo.returncode, demo.stdout, demo.stderr.count("\n")) != (1, "", 1) or "make demo" not in demo.stderr:
        sys.exit(f"The demo, which the wheel does not hold, ended with {demo.returncode}: {demo.stdout}{demo.stderr}")


async def _text(client: Client, uri: str) -> bytes:
    contents = (await client.read_resource(uri)).contents
    return b"".join(one.text.encode() for one in contents if isinstance(one, TextResourceContents))


if __name__ == "__main__":
    without_the_sandbox()
    anyio.run(main, Path(sys.argv[1]))
