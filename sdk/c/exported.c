/* Rules as the agent asks them: all rules of a plugin over the columns of a batch. */
#include "event.h"

#include <stdlib.h>
#include <string.h>

typedef exports_daemoneye_plugin_rules_batch_t batch_t;
typedef exports_daemoneye_plugin_rules_candidate_t candidate_t;
typedef exports_daemoneye_plugin_rules_declaration_t declaration_t;
typedef exports_daemoneye_plugin_rules_finding_t finding_t;
typedef exports_daemoneye_plugin_rules_list_candidate_t candidates_t;
typedef exports_daemoneye_plugin_rules_list_plan_t plans_t;
typedef exports_daemoneye_plugin_rules_rule_t rule_t;
typedef exports_daemoneye_plugin_rules_verdict_t verdict_t;

/* One open batch. */
struct exports_daemoneye_plugin_rules_scan_t {
    batch_t batch;
};

static size_t number_of_rules(void)
{
    size_t number = 0;
    while (daemoneye_rules[number].id) number++;
    return number;
}

static rule_t declared(const struct rule *rule)
{
    size_t reads = 0;
    while (rule->reads[reads] != FIELD_end) reads++;
    uint32_t *numbers = memory_for(reads, sizeof(uint32_t));
    for (size_t i = 0; i < reads; i++) numbers[i] = column_of(rule->reads[i]);
    return (rule_t){owned(rule->id, strlen(rule->id)), {numbers, reads}};
}

bool exports_daemoneye_plugin_rules_load(plans_t *plans, declaration_t *ret,
                                         rule_plugin_string_t *err)
{
    (void)err;
    exports_daemoneye_plugin_rules_list_plan_free(plans);
    ret->rules.len = number_of_rules();
    ret->rules.ptr = memory_for(ret->rules.len, sizeof(rule_t));
    for (size_t i = 0; i < ret->rules.len; i++) ret->rules.ptr[i] = declared(&daemoneye_rules[i]);
    const enum field *fields;
    ret->columns.len = columns(&fields);
    ret->columns.ptr = memory_for(ret->columns.len, sizeof(rule_plugin_string_t));
    for (size_t i = 0; i < ret->columns.len; i++) {
        const char *name = field_name(fields[i]);
        ret->columns.ptr[i] = owned(name, strlen(name));
    }
    return true;
}

exports_daemoneye_plugin_rules_own_scan_t
exports_daemoneye_plugin_rules_constructor_scan(batch_t *batch)
{
    exports_daemoneye_plugin_rules_scan_t *scan = memory_for(1, sizeof *scan);
    scan->batch = *batch;
    return exports_daemoneye_plugin_rules_scan_new(scan);
}

void exports_daemoneye_plugin_rules_scan_destructor(exports_daemoneye_plugin_rules_scan_t *scan)
{
    exports_daemoneye_plugin_rules_batch_free(&scan->batch);
    free(scan);
}

/* Every row, for every rule: an author who wants an index writes a prefilter. */
void exports_daemoneye_plugin_rules_method_scan_candidates(
    exports_daemoneye_plugin_rules_borrow_scan_t scan, candidates_t *ret)
{
    const uint32_t rows = scan->batch.rows;
    ret->len = number_of_rules();
    ret->ptr = memory_for(ret->len, sizeof(candidate_t));
    for (uint32_t rule = 0; rule < ret->len; rule++) {
        uint32_t *all = memory_for(rows, sizeof(uint32_t));
        for (uint32_t row = 0; row < rows; row++) all[row] = row;
        ret->ptr[rule] = (candidate_t){rule, {all, rows}};
    }
}

/* Judges the rows of one rule. */
void exports_daemoneye_plugin_rules_method_scan_evaluate(
    exports_daemoneye_plugin_rules_borrow_scan_t scan, candidate_t *candidate, uint64_t steps,
    verdict_t *ret)
{
    (void)steps;
    const struct rule *rule = &daemoneye_rules[candidate->rule];
    *ret = (verdict_t){{memory_for(candidate->rows.len, sizeof(finding_t)), 0}, {NULL, 0}};
    for (size_t i = 0; i < candidate->rows.len; i++) {
        const uint32_t row = candidate->rows.ptr[i];
        const struct event event = {&scan->batch, rule, row};
        struct finding found = {{NULL, 0}, 0};
        rule->judge(&event, &found);
        if (found.evidence.len)
            ret->findings.ptr[ret->findings.len++] = (finding_t){row, found.evidence};
    }
    if (ret->findings.len == 0) {
        free(ret->findings.ptr);
        ret->findings.ptr = NULL;
    }
    exports_daemoneye_plugin_rules_candidate_free(candidate);
}
