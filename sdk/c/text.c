/* Texts, compared byte by byte. */
#include "daemoneye.h"

#include <string.h>

bool text_is_present(struct text text)
{
    return text.bytes;
}

bool text_equals(struct text text, struct text other)
{
    return text.length == other.length && text_starts_with(text, other);
}

bool text_starts_with(struct text text, struct text start)
{
    return text.bytes && start.bytes && text.length >= start.length &&
           memcmp(text.bytes, start.bytes, start.length) == 0;
}

bool text_ends_with(struct text text, struct text end)
{
    if (!text.bytes || text.length < end.length) return false;
    text.bytes += text.length - end.length;
    text.length = end.length;
    return text_starts_with(text, end);
}

bool text_contains(struct text text, struct text part)
{
    for (; text.bytes && text.length >= part.length; text.bytes++, text.length--) {
        if (text_starts_with(text, part)) return true;
        if (text.length == 0) break;
    }
    return false;
}
