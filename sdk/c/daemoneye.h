/* For authors of DaemonEye rules in C: a rule is one function over one event.
 *
 *     #include "daemoneye.h"
 *
 *     static void daemon_from_tmp(const struct event *event, struct finding *finding)
 *     {
 *         struct text path = event_executable_path(event);
 *         if (text_starts_with(path, TEXT("/tmp/")) && text_ends_with(event_name(event), TEXT("d")))
 *             finding_because(finding, TEXT("a daemon runs from /tmp"), FIELD_executable_path, path);
 *     }
 *
 *     DAEMONEYE_RULES({ "daemon-from-tmp", daemon_from_tmp, READS(FIELD_name, FIELD_executable_path) })
 *
 * A rule that gives no reason does not match. There is no library of C: what is here is all there
 * is, besides what the compiler brings (stddef.h, stdint.h, stdbool.h) and malloc, free, memcpy and
 * their like (stdlib.h, string.h). */
#ifndef DAEMONEYE_H
#define DAEMONEYE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemoneye_fields.h"

/* A field of events: FIELD_pid, FIELD_name and so on. */
enum field {
#define DAEMONEYE_FIELD(name, type) FIELD_##name,
    DAEMONEYE_FIELDS(DAEMONEYE_FIELD)
#undef DAEMONEYE_FIELD
    FIELD_end
};

/* UTF-8, without a zero at its end. Without bytes it is absent, which is never an empty text. */
struct text {
    const char *bytes;
    size_t length;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})

/* Whether there is a text. What is absent equals, contains and begins with nothing. */
bool text_is_present(struct text text);
bool text_equals(struct text text, struct text other);
bool text_starts_with(struct text text, struct text start);
bool text_ends_with(struct text text, struct text end);
bool text_contains(struct text text, struct text part);

/* One event, as a rule sees it. */
struct event;

/* Reading a field that the rule does not name in READS ends the rule: that event is a fault. */
struct text event_text(const struct event *event, enum field field);
bool event_integer(const struct event *event, enum field field, int64_t *value);
bool event_float(const struct event *event, enum field field, double *value);

/* A function for each field. event_name(event) is a text; event_pid(event, &pid) says whether there
 * is a number, and event_cpu_usage(event, &share) likewise. A field that no event has does not
 * compile. */
#define DAEMONEYE_ACCESSOR_text(name)                                                              \
    static inline struct text event_##name(const struct event *event)                              \
    {                                                                                              \
        return event_text(event, FIELD_##name);                                                    \
    }
#define DAEMONEYE_ACCESSOR_integer(name)                                                           \
    static inline bool event_##name(const struct event *event, int64_t *value)                     \
    {                                                                                              \
        return event_integer(event, FIELD_##name, value);                                          \
    }
#define DAEMONEYE_ACCESSOR_float(name)                                                             \
    static inline bool event_##name(const struct event *event, double *value)                      \
    {                                                                                              \
        return event_float(event, FIELD_##name, value);                                            \
    }
#define DAEMONEYE_ACCESSOR(name, type) DAEMONEYE_ACCESSOR_##type(name)
DAEMONEYE_FIELDS(DAEMONEYE_ACCESSOR)

/* What a rule finds, and why. */
struct finding;

/* One more reason: what is wrong in the author's words, the field that shows it, and the value that
 * was found there. All are copied; of a value at most 1,024 bytes are kept. */
void finding_because(struct finding *finding, struct text clause, enum field field,
                     struct text value);
void finding_because_integer(struct finding *finding, struct text clause, enum field field,
                             int64_t value);

/* A rule: its id, the function, and the fields that it reads. The same event must always have the
 * same answer: after a fault the agent asks again. */
struct rule {
    const char *id;
    void (*judge)(const struct event *event, struct finding *finding);
    const enum field *reads;
};

#define READS(...) ((const enum field[]){__VA_ARGS__, FIELD_end})

/* The rules of a plugin; once in each. */
#define DAEMONEYE_RULES(...) const struct rule daemoneye_rules[] = {__VA_ARGS__, {0, 0, 0}};
extern const struct rule daemoneye_rules[];

#endif
