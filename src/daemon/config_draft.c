/* SPDX-License-Identifier: MIT */
/* One walk over the file's nodes by the tables: first what is written, then the defaults of what is
 * not. A default is read in the same way as a file, so it cannot mean anything else than the same
 * text written there. */
#include "daemon/config_draft.h"

#include <assert.h>

#include "daemon/config_schema.h"
#include "daemon/config_value.h"

struct reading {
	struct arena *arena;
	struct faults *faults;
};

static void read_value(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node, void *base);

static void read_keys(
	struct reading *reading, const struct schema *schema, const struct node *node, void *base);

/* "off, failed or all": what may be written, into an arena text. */
static const char *choices_text(struct reading *reading, const struct schema_choice *choices)
{
	const struct schema_choice *last = NULL;
	size_t len = 1;

	for (const struct schema_choice *choice = choices; choice->name; choice++) {
		len += strlen(choice->name) + strlen(" or ");
		last = choice;
	}
	char *text = arena_alloc(reading->arena, len), *end = text;
	if (!text) {
		faults_add_nomem(reading->faults);
		return "";
	}
	for (const struct schema_choice *choice = choices; choice->name; choice++) {
		if (end != text)
			end = stpcpy(end, choice == last ? " or " : ", ");
		end = stpcpy(end, choice->name);
	}
	return text;
}

/* What a value of that kind looks like. */
static const char *expected(struct reading *reading, const struct schema_key *key)
{
	switch (key->kind) {
	case SCHEMA_TEXT: return "a text";
	case SCHEMA_TEXTS: return "a list of texts";
	case SCHEMA_NUMBER: return key->choices ? "a number or auto" : "a number";
	case SCHEMA_DURATION:
	case SCHEMA_SECONDS: return "a number with ms, s, m, h or d, as in 5s";
	case SCHEMA_SIZE: return "a number with KiB, MiB or GiB, as in 16MiB";
	case SCHEMA_CHOICE: return choices_text(reading, key->choices);
	case SCHEMA_SECTION: return "keys of its own below it";
	case SCHEMA_SECTIONS: return "a list of maps";
	case SCHEMA_LATER: break;
	}
	return "nothing";
}

static void wrong_kind(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node)
{
	if (node_is_empty(node))
		faults_add(reading->faults, node->line,
			"%s%s has no value; write %s, or leave the key out for its default",
			schema->path, key->name, expected(reading, key));
	else
		faults_add(reading->faults, node->line, "%s%s is %s; write %s", schema->path,
			key->name, node_kind_text(node), expected(reading, key));
}

static void out_of_range(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node)
{
	char shown[SHOWN_LEN], min[QUANTITY_LEN], max[QUANTITY_LEN];

	if (key->kind == SCHEMA_NUMBER) {
		snprintf(min, sizeof(min), "%llu", (unsigned long long)key->min);
		snprintf(max, sizeof(max), "%llu", (unsigned long long)key->max);
	} else if (key->kind == SCHEMA_SIZE) {
		value_print_size(key->min, min);
		value_print_size(key->max, max);
	} else {
		value_print_duration(key->min, min);
		value_print_duration(key->max, max);
	}
	faults_add(reading->faults, node->line, "%s%s: %s is out of range; %s to %s", schema->path,
		key->name, value_shown(node->text, shown), min, max);
}

/* One of the words; false without a fault: none of them. */
static bool read_choice(const struct schema_key *key, const struct node *node, struct number *out)
{
	const struct schema_choice *choice = key->choices;

	while (choice && choice->name && strcmp(choice->name, node->text) != 0)
		choice++;
	if (!choice || !choice->name)
		return false;
	*out = (struct number){ .value = choice->value, .line = node->line };
	return true;
}

static void read_number(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node, struct number *out)
{
	char shown[SHOWN_LEN];
	uint64_t value = 0;
	int err = ERR_FORMAT;

	if (node->kind != NODE_TEXT || node_is_empty(node)) {
		wrong_kind(reading, schema, key, node);
		return;
	}
	if (read_choice(key, node, out))
		return;
	if (key->kind == SCHEMA_NUMBER)
		err = value_number(node->text, &value);
	else if (key->kind == SCHEMA_SIZE)
		err = value_size(node->text, &value);
	else if (key->kind != SCHEMA_CHOICE)
		err = value_duration(node->text, &value);
	const bool seconds = key->kind == SCHEMA_SECONDS;
	if (err == ERR_FORMAT)
		faults_add(reading->faults, node->line, "%s%s: \"%s\" is not understood; write %s",
			schema->path, key->name, value_shown(node->text, shown),
			expected(reading, key));
	else if (err != 0 || value < key->min || value > key->max)
		out_of_range(reading, schema, key, node);
	else if (seconds && value % 1000 != 0)
		faults_add(reading->faults, node->line, "%s%s: %s is no whole second; write %llus",
			schema->path, key->name, node->text,
			(unsigned long long)(value / 1000 + 1));
	else
		*out = (struct number){ .value = seconds ? value / 1000 : value,
			.line = node->line };
}

static void read_text(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node, struct text *out)
{
	if (node->kind != NODE_TEXT || node_is_empty(node))
		wrong_kind(reading, schema, key, node);
	else
		*out = (struct text){ .at = node->text, .line = node->line };
}

/* The items of a list; a single value is a list of one. False with a fault. */
static bool list_begin(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node, struct node *one)
{
	*one = *node;
	if (node_is_empty(node)) {
		wrong_kind(reading, schema, key, node);
		return false;
	}
	if (node->kind != NODE_LIST) {
		struct node *item = arena_copy(reading->arena, node, sizeof(*node));
		if (!item) {
			faults_add_nomem(reading->faults);
			return false;
		}
		item->next = NULL;
		*one = (struct node){ .kind = NODE_LIST,
			.line = node->line,
			.first = item,
			.last = item,
			.count = 1 };
	}
	if (one->count < key->min)
		faults_add(reading->faults, node->line,
			"%s%s is an empty list; name at least one, or leave the key out",
			schema->path, key->name);
	else if (one->count > key->max)
		faults_add(reading->faults, node->line,
			"%s%s has %zu items; %llu at most are possible", schema->path, key->name,
			one->count, (unsigned long long)key->max);
	else
		return true;
	return false;
}

static void read_texts(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node, struct texts *out)
{
	struct node list;

	if (node->kind == NODE_MAP) {
		wrong_kind(reading, schema, key, node);
		return;
	}
	if (!list_begin(reading, schema, key, node, &list))
		return;
	struct texts texts = { .line = node->line };
	texts.items = arena_array(reading->arena, list.count, sizeof(*texts.items));
	if (!texts.items) {
		faults_add_nomem(reading->faults);
		return;
	}
	for (const struct node *item = list.first; item; item = item->next) {
		struct text *text = &texts.items[texts.count];
		if (item->kind == NODE_TEXT && !node_is_empty(item))
			*text = (struct text){ .at = item->text, .line = item->line };
		else
			faults_add(reading->faults, item->line,
				"%s in the list %s%s; each item is a text, IPv6 addresses in "
				"quotes",
				node_kind_text(item), schema->path, key->name);
		texts.count += text->at != NULL;
	}
	*out = texts;
}

/* One item of a list of maps, into the zeroed struct at item. */
static void read_item(
	struct reading *reading, const struct schema_key *key, const struct node *node, void *item)
{
	const struct schema *section = key->section;

	if (node->kind == NODE_MAP) {
		read_keys(reading, section, node, item);
		return;
	}
	if (node->kind != NODE_TEXT || node_is_empty(node) || !section->text_is) {
		faults_add(reading->faults, node->line, "%s in the list %s; write \"%s: ...\"",
			node_kind_text(node), key->name, section->keys[0].name);
		return;
	}
	/* Short for a map with that one key. */
	struct node map = { .kind = NODE_MAP, .line = node->line, .count = 1 };
	struct node *member = arena_copy(reading->arena, node, sizeof(*node));
	if (!member) {
		faults_add_nomem(reading->faults);
		return;
	}
	member->next = NULL;
	member->key = section->text_is;
	member->key_line = node->line;
	map.first = map.last = member;
	read_keys(reading, section, &map, item);
}

static void read_sections(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node, struct sections *out)
{
	struct node list;

	if (!list_begin(reading, schema, key, node, &list))
		return;
	struct sections sections = { .count = list.count, .line = node->line };
	sections.items = arena_array(reading->arena, list.count, key->section->len);
	if (!sections.items) {
		faults_add_nomem(reading->faults);
		return;
	}
	char *item = sections.items;
	for (const struct node *at = list.first; at; at = at->next) {
		read_item(reading, key, at, item);
		item += key->section->len;
	}
	*out = sections;
}

static void read_section(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node, void *base)
{
	/* A section whose keys are all commented out is one that says nothing. */
	if (node->kind == NODE_MAP || node_is_empty(node))
		read_keys(reading, key->section, node, base);
	else
		wrong_kind(reading, schema, key, node);
}

static void read_value(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, const struct node *node, void *base)
{
	void *at = (char *)base + key->at;

	switch (key->kind) {
	case SCHEMA_TEXT: read_text(reading, schema, key, node, at); break;
	case SCHEMA_TEXTS: read_texts(reading, schema, key, node, at); break;
	case SCHEMA_NUMBER:
	case SCHEMA_DURATION:
	case SCHEMA_SECONDS:
	case SCHEMA_SIZE:
	case SCHEMA_CHOICE: read_number(reading, schema, key, node, at); break;
	case SCHEMA_SECTION: read_section(reading, schema, key, node, base); break;
	case SCHEMA_SECTIONS: read_sections(reading, schema, key, node, at); break;
	case SCHEMA_LATER:
		faults_add(reading->faults, node->key_line,
			"unknown key \"%s%s\": it is planned but not built yet; remove it, it "
			"would "
			"do nothing",
			schema->path, key->name);
		break;
	}
}

static const struct schema_key *find_key(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->key_count; i++) {
		if (strcmp(schema->keys[i].name, name) == 0)
			return &schema->keys[i];
	}
	return NULL;
}

/* "a, b, c": the keys that are built. */
static const char *keys_text(struct reading *reading, const struct schema *schema)
{
	size_t len = 1;
	for (size_t i = 0; i < schema->key_count; i++)
		len += strlen(schema->keys[i].name) + strlen(", ");
	char *text = arena_alloc(reading->arena, len), *end = text;
	if (!text) {
		faults_add_nomem(reading->faults);
		return "";
	}
	for (size_t i = 0; i < schema->key_count; i++) {
		if (schema->keys[i].kind == SCHEMA_LATER)
			continue;
		if (end != text)
			end = stpcpy(end, ", ");
		end = stpcpy(end, schema->keys[i].name);
	}
	return text;
}

static void unknown_key(
	struct reading *reading, const struct schema *schema, const struct node *node)
{
	char shown[SHOWN_LEN];
	struct nearest nearest = { 0 };

	for (size_t i = 0; i < schema->key_count; i++) {
		if (schema->keys[i].kind != SCHEMA_LATER)
			nearest_offer(&nearest, node->key, schema->keys[i].name);
	}
	value_shown(node->key, shown);
	if (nearest.word)
		faults_add(reading->faults, node->key_line,
			"unknown key \"%s%s\"; did you mean \"%s%s\"?", schema->path, shown,
			schema->path, nearest.word);
	else
		faults_add(reading->faults, node->key_line,
			"unknown key \"%s%s\"; known here are %s", schema->path, shown,
			keys_text(reading, schema));
}

/* What the built-in default of a key says, or nothing. */
static void read_fallback(struct reading *reading, const struct schema *schema,
	const struct schema_key *key, void *base)
{
	if (key->kind == SCHEMA_SECTION)
		read_keys(reading, key->section, NULL, base);
	if (!key->fallback)
		return;
	const struct node *node = node_parse(
		bytes_of(key->fallback, strlen(key->fallback)), 0, reading->arena, reading->faults);
	if (node)
		read_value(reading, schema, key, node, base);
}

/* The keys of a map (or, with NULL, of none) and the defaults of all others. */
static void read_keys(
	struct reading *reading, const struct schema *schema, const struct node *node, void *base)
{
	for (const struct node *member = node ? node->first : NULL; member; member = member->next) {
		const struct schema_key *key = find_key(schema, member->key);
		if (key)
			read_value(reading, schema, key, member, base);
		else
			unknown_key(reading, schema, member);
	}
	for (size_t i = 0; i < schema->key_count; i++) {
		const struct schema_key *key = &schema->keys[i];
		if (key->kind == SCHEMA_LATER || (node && node_member(node, key->name)))
			continue;
		if (node && key->required)
			faults_add(reading->faults, node->line, "%s%s is missing; write it",
				schema->path, key->name);
		read_fallback(reading, schema, key, base);
	}
}

void draft_read(
	struct draft *draft, const struct node *root, struct arena *arena, struct faults *faults)
{
	struct reading reading = { .arena = arena, .faults = faults };

	*draft = (struct draft){ 0 };
	if (root && root->kind != NODE_MAP) {
		faults_add(faults, root->line, "the file is %s; write \"key: value\" lines",
			node_kind_text(root));
		root = NULL;
	}
	read_keys(&reading, &root_schema, root, draft);
}
