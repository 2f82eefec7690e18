/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over the files of a folder: each seed whole, cut short at every octet, and
 * with every bit flipped once. A crash is the failure; TAP says one test a target. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define SEED_LEN_MAX 65536 /* octets; longer seeds are a mistake */
#define FLIP_LEN_MAX 1024  /* octets; bits are flipped up to here, to keep the run short */

/* Exactly as long as the input, so that the sanitizer sees the first octet read beyond it. */
static void run_exact(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	if (!copy)
		abort();
	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void run_seed(uint8_t *data, size_t len)
{
	size_t step = len > FLIP_LEN_MAX ? len / FLIP_LEN_MAX : 1;

	run_exact(data, len);
	for (size_t cut = 0; cut < len; cut += step)
		run_exact(data, cut);
	for (size_t bit = 0; bit < len * 8 && bit < FLIP_LEN_MAX * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		run_exact(data, len);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

int main(int argc, char **argv)
{
	static uint8_t data[SEED_LEN_MAX];
	int seeds = 0;
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	if (!folder) {
		printf("1..1\nnot ok 1 - no folder of seeds: %s\n",
			argc == 2 ? argv[1] : "none named");
		return 1;
	}
	for (struct dirent *item; (item = readdir(folder));) {
		char path[4096];
		if (item->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], item->d_name);
		FILE *file = fopen(path, "rb");
		if (!file)
			continue;
		size_t len = fread(data, 1, sizeof(data), file);
		fclose(file);
		run_seed(data, len);
		seeds++;
	}
	closedir(folder);
	printf("1..1\n%s 1 - %d seeds of %s\n", seeds > 0 ? "ok" : "not ok", seeds, argv[1]);
	return seeds > 0 ? 0 : 1;
}
