/* What a rule found, in memory that the agent's side frees. */
#include "event.h"

#include <stdlib.h>
#include <string.h>

typedef exports_daemoneye_plugin_rules_evidence_t evidence_t;

/* The longest value in evidence, bytes: what wit/rules.wit allows. */
#define MAX_VALUE_BYTES 1024
/* Ends a value that was cut. */
#define CUT "\xe2\x80\xa6"
#define CUT_BYTES (sizeof(CUT) - 1)

void *memory_for(size_t count, size_t size)
{
    if (count == 0) return NULL;
    void *memory = malloc(count * size);
    if (!memory) __builtin_trap();
    return memory;
}

rule_plugin_string_t owned(const char *bytes, size_t length)
{
    uint8_t *copy = memory_for(length, 1);
    memcpy(copy, bytes, length);
    return (rule_plugin_string_t){copy, length};
}

/* At most as many bytes as evidence may have, cut at a character. */
static rule_plugin_string_t cut(struct text value)
{
    if (value.length <= MAX_VALUE_BYTES) return owned(value.bytes, value.length);
    size_t kept = MAX_VALUE_BYTES - CUT_BYTES;
    while ((value.bytes[kept] & 0xC0) == 0x80) kept--;
    rule_plugin_string_t copy = owned(value.bytes, kept + CUT_BYTES);
    memcpy(copy.ptr + kept, CUT, CUT_BYTES);
    return copy;
}

static evidence_t *room_for_one(struct finding *finding)
{
    if (finding->evidence.len == finding->room) {
        finding->room = finding->room ? finding->room * 2 : 2;
        evidence_t *more = memory_for(finding->room, sizeof(evidence_t));
        memcpy(more, finding->evidence.ptr, finding->evidence.len * sizeof(evidence_t));
        free(finding->evidence.ptr);
        finding->evidence.ptr = more;
    }
    return &finding->evidence.ptr[finding->evidence.len++];
}

void finding_because(struct finding *finding, struct text clause, enum field field,
                     struct text value)
{
    const char *name = field_name(field);
    *room_for_one(finding) = (evidence_t){
        .clause = owned(clause.bytes, clause.length),
        .field = owned(name, strlen(name)),
        .value = cut(value),
    };
}

void finding_because_integer(struct finding *finding, struct text clause, enum field field,
                             int64_t value)
{
    char digits[20];
    char *first = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do *--first = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--first = '-';
    const size_t length = (size_t)(digits + sizeof digits - first);
    finding_because(finding, clause, field, (struct text){first, length});
}
