/* Rules that are code. Each is one function over one event; DAEMONEYE_RULES at the end lists them. */
#include "daemoneye.h"

/* Folders to which anybody may write. */
static const struct {
    struct text folder, clause;
} open_folders[] = {
    {TEXT("/tmp/"), TEXT("runs from /tmp/")},
    {TEXT("/var/tmp/"), TEXT("runs from /var/tmp/")},
    {TEXT("/dev/shm/"), TEXT("runs from /dev/shm/")},
};

/* A program that runs from a folder to which anybody may write. */
static void {{snake}}(const struct event *event, struct finding *finding)
{
    struct text path = event_executable_path(event), name = event_name(event);
    for (size_t i = 0; i < sizeof open_folders / sizeof open_folders[0]; i++) {
        if (!text_starts_with(path, open_folders[i].folder)) continue;
        finding_because(finding, open_folders[i].clause, FIELD_executable_path, path);
        if (text_is_present(name)) finding_because(finding, TEXT("is called"), FIELD_name, name);
        return;
    }
}

DAEMONEYE_RULES({"{{name}}", {{snake}}, READS(FIELD_name, FIELD_executable_path)})
