/* A row of a batch, and what a rule found in it: for the SDK itself. */
#ifndef DAEMONEYE_EVENT_H
#define DAEMONEYE_EVENT_H

#include "daemoneye.h"
#include "rule_plugin.h"

struct event {
    const exports_daemoneye_plugin_rules_batch_t *batch;
    const struct rule *rule;
    uint32_t row;
};

struct finding {
    exports_daemoneye_plugin_rules_list_evidence_t evidence;
    size_t room;
};

/* The name of a field, as rules and documents have it. */
const char *field_name(enum field field);

/* The number of a field's column in every batch; it is added if it is new. */
uint32_t column_of(enum field field);

/* How many columns there are, and which fields they are. */
uint32_t columns(const enum field **fields);

/* A copy of a text that the agent's side frees. */
rule_plugin_string_t owned(const char *bytes, size_t length);

/* Memory for so many things, NULL for none: what is empty is never freed by the agent's side. If
 * there is no memory the instance ends. */
void *memory_for(size_t count, size_t size);

#endif
