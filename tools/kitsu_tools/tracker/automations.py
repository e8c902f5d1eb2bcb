"""Status automations in words."""

from collections.abc import Mapping

from kitsu_tools.tracker.model import Automation, TaskType
from kitsu_tools.tracker.statuses import Status


def automation_says(
    one: Automation, types: Mapping[str, TaskType], statuses: Mapping[str, Status]
) -> tuple[str, str, str]:
    """What it is about, when it does something, and what."""

    def task_type(type_id: str) -> str:
        return types[type_id].name if type_id in types else "?"

    def status(status_id: str) -> str:
        return statuses[status_id].short_name if status_id in statuses else "?"

    when = f"{task_type(one.in_type)} is {status(one.in_status)}"
    if one.out_field == "ready_for":
        return one.entity_type, when, f"the asset is ready for {task_type(one.out_type)}"
    copies = ", with the last revision" if one.copies_previews else ""
    return one.entity_type, when, f"{task_type(one.out_type)} becomes {status(one.out_status)}{copies}"
