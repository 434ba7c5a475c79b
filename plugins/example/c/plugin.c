/* A word of the command line is base64 for a command that reaches out: src/lib.rs, in C. */
#include <stdlib.h>

#include "daemoneye.h"

/* Shorter words are too often base64 by chance. */
enum { MIN_LETTERS = 16 };

/* What nobody hides without a reason. */
static const struct {
    struct text mark, clause;
} marks[] = {
    {TEXT("/dev/tcp/"), TEXT("base64 that hides \"/dev/tcp/\"")},
    {TEXT("curl "), TEXT("base64 that hides \"curl \"")},
    {TEXT("wget "), TEXT("base64 that hides \"wget \"")},
    {TEXT("nc -e"), TEXT("base64 that hides \"nc -e\"")},
};

/* What a letter of base64 (RFC 4648) stands for, or -1. */
static int value(char letter)
{
    if (letter >= 'A' && letter <= 'Z') return letter - 'A';
    if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9') return letter - '0' + 52;
    return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

static bool is_letter(char letter)
{
    return letter == '=' || value(letter) >= 0;
}

/* The bytes of the character at the front of valid UTF-8, or 0 if it is none. */
static size_t character(const unsigned char *bytes, size_t left)
{
    const unsigned char first = bytes[0];
    const size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length < 2 || length > left) return length == 1;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80) return 0;
    const unsigned char second = bytes[1];
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool no_scalar = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    return overlong || no_scalar || first > 0xF4 ? 0 : length;
}

static bool is_utf8(struct text text)
{
    while (text.length) {
        const size_t length = character((const unsigned char *)text.bytes, text.length);
        if (!length) return false;
        text.bytes += length;
        text.length -= length;
    }
    return true;
}

/* What the word stands for, if it is the base64 of a text; the caller frees it. */
static struct text decode(struct text word)
{
    const struct text nothing = {NULL, 0};
    while (word.length && word.bytes[word.length - 1] == '=') word.length--;
    char *bytes = malloc(word.length + 1);
    if (!bytes) abort();
    struct text text = {bytes, 0};
    uint32_t bits = 0, count = 0;
    for (size_t i = 0; i < word.length; i++) {
        const int digit = value(word.bytes[i]);
        if (digit < 0) return free(bytes), nothing;
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes[text.length++] = (char)(bits >> count);
        bits &= (1u << count) - 1;
    }
    return is_utf8(text) ? text : (free(bytes), nothing);
}

static bool is_space(char letter)
{
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\f' || letter == '\r';
}

static struct text trimmed(struct text text)
{
    for (; text.length && is_space(text.bytes[0]); text.length--) text.bytes++;
    while (text.length && is_space(text.bytes[text.length - 1])) text.length--;
    return text;
}

/* Whether the word hides a mark; if so, the finding says which. */
static bool hides(struct text word, struct finding *finding)
{
    struct text text = decode(word);
    bool found = false;
    for (size_t i = 0; !found && i < sizeof marks / sizeof marks[0]; i++) {
        found = text_contains(text, marks[i].mark);
        if (found) finding_because(finding, marks[i].clause, FIELD_command_line, trimmed(text));
    }
    free((char *)text.bytes);
    return found;
}

static void hidden_command(const struct event *event, struct finding *finding)
{
    const struct text line = event_command_line(event), user = event_user_name(event);
    for (size_t at = 0; at < line.length;) {
        struct text word = {line.bytes + at, 0};
        while (at + word.length < line.length && is_letter(word.bytes[word.length])) word.length++;
        at += word.length + 1;
        if (word.length < MIN_LETTERS || !hides(word, finding)) continue;
        if (text_is_present(user)) finding_because(finding, TEXT("run by"), FIELD_user_name, user);
        return;
    }
}

DAEMONEYE_RULES({"example-hidden-command-c", hidden_command,
                 READS(FIELD_command_line, FIELD_user_name)})
