/* The columns of a batch as rows: wit/rules.wit says where what is. */
#include "event.h"

typedef exports_daemoneye_plugin_rules_place_t place_t;

static const char *const names[] = {
#define DAEMONEYE_NAME(name, type) #name,
    DAEMONEYE_FIELDS(DAEMONEYE_NAME)
#undef DAEMONEYE_NAME
};

static enum field declared[FIELD_end];
static uint32_t count;

const char *field_name(enum field field)
{
    return names[field];
}

uint32_t columns(const enum field **fields)
{
    *fields = declared;
    return count;
}

uint32_t column_of(enum field field)
{
    for (uint32_t column = 0; column < count; column++)
        if (declared[column] == field) return column;
    declared[count] = field;
    return count++;
}

/* The place of a field's column, if the row has a value in it. */
static const place_t *place_of(const struct event *event, enum field field)
{
    const enum field *read = event->rule->reads;
    while (*read != field) {
        if (*read == FIELD_end) __builtin_trap();
        read++;
    }
    const uint32_t column = column_of(field), width = (event->batch->rows + 7) / 8;
    const uint8_t byte = event->batch->validity.ptr[column * width + event->row / 8];
    return byte >> event->row % 8 & 1 ? &event->batch->columns.ptr[column] : NULL;
}

struct text event_text(const struct event *event, enum field field)
{
    const place_t *place = place_of(event, field);
    if (!place) return (struct text){NULL, 0};
    const uint32_t *offsets =
        &event->batch->offsets.ptr[place->val.text * (event->batch->rows + 1) + event->row];
    return (struct text){(const char *)event->batch->bytes.ptr + offsets[0], offsets[1] - offsets[0]};
}

bool event_integer(const struct event *event, enum field field, int64_t *value)
{
    const place_t *place = place_of(event, field);
    if (place)
        *value = event->batch->integers.ptr[place->val.integers * event->batch->rows + event->row];
    return place;
}

bool event_float(const struct event *event, enum field field, double *value)
{
    const place_t *place = place_of(event, field);
    if (place) *value = event->batch->floats.ptr[place->val.floats * event->batch->rows + event->row];
    return place;
}
