/* SPDX-License-Identifier: MIT */
/* Built from libyaml's events, not its documents: a document has the aliases already resolved, so
 * their lines are lost and a file may refer to itself. */
#include "daemon/config_yaml.h"

#include <assert.h>
#include <yaml.h>

#include "base/utf8.h"
#include "daemon/config.h"
#include "daemon/config_value.h"

struct source {
	yaml_parser_t parser;
	struct bytes text;
	unsigned first_line;
	struct arena *arena;
	struct faults *faults;
};

static unsigned source_line(const struct source *source, size_t line)
{
	return source->first_line > 0 ? source->first_line + (unsigned)line : 0;
}

/* Lines before that octet. */
static size_t line_at(struct bytes text, size_t at)
{
	size_t line = 0;
	for (size_t i = 0; i < at && i < text.len; i++)
		line += text.at[i] == '\n';
	return line;
}

/* The text of a line, without its end. */
static struct bytes line_text(struct bytes text, size_t line)
{
	size_t begin = 0;
	for (; line > 0 && begin < text.len; begin++)
		line -= text.at[begin] == '\n';
	size_t end = begin;
	while (end < text.len && text.at[end] != '\n')
		end++;
	return bytes_of(text.at + begin, end - begin);
}

/* What most often leads to a syntax error on such a line. */
static const char *syntax_hint(struct bytes line)
{
	size_t begin = 0;
	while (begin < line.len && line.at[begin] == ' ')
		begin++;
	if (begin < line.len && line.at[begin] == '\t')
		return "indent with spaces, YAML allows no tabs there";
	if (memmem(line.at, line.len, "[", 1) && memmem(line.at, line.len, "::", 2))
		return "put IPv6 addresses in quotes, as in \"[::1]:53\"";
	return "check indentation, quotes and brackets here and on the lines before";
}

static void syntax_fault(struct source *source)
{
	const yaml_parser_t *parser = &source->parser;

	if (parser->error == YAML_MEMORY_ERROR) {
		faults_add_nomem(source->faults);
		return;
	}
	size_t line = parser->error == YAML_READER_ERROR
			      ? line_at(source->text, parser->problem_offset)
			      : parser->problem_mark.line;
	/* An error found at the end of the text has a line behind the last one. */
	size_t last = line_at(source->text, source->text.len > 0 ? source->text.len - 1 : 0);
	if (line > last)
		line = last;
	faults_add(source->faults, source_line(source, line), "not YAML: %s%s%s; %s",
		parser->problem ? parser->problem : "unreadable", parser->context ? " " : "",
		parser->context ? parser->context : "", syntax_hint(line_text(source->text, line)));
}

/* False with a fault: the text ends here. */
static bool next_event(struct source *source, yaml_event_t *event)
{
	if (yaml_parser_parse(&source->parser, event))
		return true;
	syntax_fault(source);
	return false;
}

/* What is not plain text, list or map. */
static bool is_refused(struct source *source, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	unsigned line = source_line(source, event->start_mark.line);

	if (event->type == YAML_ALIAS_EVENT) {
		faults_add(source->faults, line, "an alias (*%s); write the value itself",
			(const char *)event->data.alias.anchor);
		return true;
	}
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor)
		faults_add(source->faults, line,
			"an anchor (&%s); leave it out, there are no aliases here",
			(const char *)anchor);
	if (tag)
		faults_add(source->faults, line,
			"a tag (%s); leave it out, the key says what its value is",
			(const char *)tag);
	return anchor || tag;
}

static struct node *node_new(struct source *source, enum node_kind kind, const yaml_event_t *event)
{
	struct node *node = arena_alloc(source->arena, sizeof(*node));
	if (!node) {
		faults_add_nomem(source->faults);
		return NULL;
	}
	node->kind = kind;
	node->line = source_line(source, event->start_mark.line);
	return node;
}

static void append(struct node *parent, struct node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

/* The event's text; NULL with a fault. */
static const char *scalar_text(struct source *source, const yaml_event_t *event)
{
	const char *from = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (memchr(from, '\0', len)) {
		faults_add(source->faults, source_line(source, event->start_mark.line),
			"a NUL character in a text; remove it");
		return NULL;
	}
	const char *text = arena_copy(source->arena, from, len + 1);
	if (!text)
		faults_add_nomem(source->faults);
	return text;
}

static struct node *text_from(struct source *source, const yaml_event_t *event)
{
	struct node *node = node_new(source, NODE_TEXT, event);
	if (!node)
		return NULL;
	node->text = scalar_text(source, event);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return node->text ? node : NULL;
}

static struct node *node_from(struct source *source, const yaml_event_t *event, unsigned depth);

static struct node *list_from(struct source *source, const yaml_event_t *start, unsigned depth)
{
	struct node *list = node_new(source, NODE_LIST, start);
	while (list) {
		yaml_event_t event;
		if (!next_event(source, &event))
			return NULL;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return list;
		}
		struct node *item = node_from(source, &event, depth + 1);
		yaml_event_delete(&event);
		if (!item)
			return NULL;
		append(list, item);
	}
	return NULL;
}

/* The key that event holds, into an otherwise empty *key. */
static bool key_from(
	struct source *source, const yaml_event_t *event, const struct node *map, struct node *key)
{
	unsigned line = source_line(source, event->start_mark.line);

	if (is_refused(source, event))
		return false;
	if (event->type != YAML_SCALAR_EVENT) {
		faults_add(source->faults, line, "a key that is no text; write \"key: value\"");
		return false;
	}
	if (map->count >= NODE_MEMBERS_MAX) {
		faults_add(source->faults, line, "more than %d keys in one map; remove some",
			NODE_MEMBERS_MAX);
		return false;
	}
	key->key = scalar_text(source, event);
	key->key_line = line;
	return key->key != NULL;
}

/* One member whose key is read; its value is the next event. */
static bool add_member(
	struct source *source, struct node *map, const struct node *key, unsigned depth)
{
	yaml_event_t event;
	if (!next_event(source, &event))
		return false;
	struct node *value = node_from(source, &event, depth + 1);
	yaml_event_delete(&event);
	if (!value)
		return false;
	value->key = key->key;
	value->key_line = key->key_line;
	/* "key:" and nothing: where a value would stand is the next line, at times far below. */
	if (node_is_empty(value))
		value->line = key->key_line;
	const struct node *before = node_member(map, key->key);
	if (before) {
		char shown[SHOWN_LEN];
		faults_add(source->faults, key->key_line,
			"\"%s\" stands twice, first on line %u; keep one of them",
			value_shown(key->key, shown), before->key_line);
	} else {
		append(map, value);
	}
	return true;
}

static struct node *map_from(struct source *source, const yaml_event_t *start, unsigned depth)
{
	struct node *map = node_new(source, NODE_MAP, start);
	while (map) {
		yaml_event_t event;
		if (!next_event(source, &event))
			return NULL;
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return map;
		}
		struct node key = { 0 };
		bool good = key_from(source, &event, map, &key);
		yaml_event_delete(&event);
		if (!good || !add_member(source, map, &key, depth))
			return NULL;
	}
	return NULL;
}

/* The node that begins with event; NULL with a fault. */
static struct node *node_from(struct source *source, const yaml_event_t *event, unsigned depth)
{
	if (is_refused(source, event))
		return NULL;
	if (event->type == YAML_SCALAR_EVENT)
		return text_from(source, event);
	if (depth >= NODE_DEPTH_MAX) {
		faults_add(source->faults, source_line(source, event->start_mark.line),
			"lists and maps more than %d deep; no key needs that", NODE_DEPTH_MAX);
		return NULL;
	}
	if (event->type == YAML_SEQUENCE_START_EVENT)
		return list_from(source, event, depth);
	assert(event->type == YAML_MAPPING_START_EVENT);
	return map_from(source, event, depth);
}

/* From the start of the stream to its end, one document at most. */
static struct node *root_from(struct source *source)
{
	struct node *root = NULL;

	for (;;) {
		yaml_event_t event;
		if (!next_event(source, &event))
			return NULL;
		yaml_event_type_t type = event.type;
		bool first = !root;
		bool bare = type == YAML_STREAM_START_EVENT || type == YAML_STREAM_END_EVENT ||
			    type == YAML_DOCUMENT_START_EVENT || type == YAML_DOCUMENT_END_EVENT;
		if (type == YAML_DOCUMENT_START_EVENT && !first)
			faults_add(source->faults, source_line(source, event.start_mark.line),
				"a second document; keep everything in one, without a second "
				"\"---\"");
		else if (type == YAML_STREAM_END_EVENT && first)
			root = node_new(source, NODE_MAP, &event);
		else if (!bare)
			root = node_from(source, &event, 0);
		yaml_event_delete(&event);
		if (type == YAML_STREAM_END_EVENT)
			return root;
		if ((!bare && !root) || (type == YAML_DOCUMENT_START_EVENT && !first))
			return NULL;
	}
}

static bool is_utf8(struct source *source)
{
	size_t bad = utf8_valid_len(source->text);
	if (bad == source->text.len)
		return true;
	faults_add(source->faults, source_line(source, line_at(source->text, bad)),
		"an octet (0x%02x) that is not UTF-8; save the file as UTF-8",
		source->text.at[bad]);
	return false;
}

struct node *node_parse(
	struct bytes text, unsigned first_line, struct arena *arena, struct faults *faults)
{
	struct source source = {
		.text = text, .first_line = first_line, .arena = arena, .faults = faults
	};

	if (!is_utf8(&source))
		return NULL;
	if (!yaml_parser_initialize(&source.parser)) {
		faults_add_nomem(faults);
		return NULL;
	}
	yaml_parser_set_input_string(
		&source.parser, text.at ? text.at : (const uint8_t *)"", text.len);
	struct node *root = root_from(&source);
	yaml_parser_delete(&source.parser);
	if (root && node_is_empty(root))
		root->kind = NODE_MAP;
	return root;
}

const struct node *node_member(const struct node *map, const char *key)
{
	for (const struct node *member = map->first; member; member = member->next) {
		if (strcmp(member->key, key) == 0)
			return member;
	}
	return NULL;
}

bool node_is_empty(const struct node *node)
{
	return node->kind == NODE_TEXT && node->plain &&
	       (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
		       strcasecmp(node->text, "null") == 0);
}

const char *node_kind_text(const struct node *node)
{
	switch (node->kind) {
	case NODE_TEXT: return node_is_empty(node) ? "no value" : "a text";
	case NODE_LIST: return "a list";
	case NODE_MAP: return "a map";
	}
	return "";
}

const char *config_library_version(void)
{
	return yaml_get_version_string();
}
