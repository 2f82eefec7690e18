/* SPDX-License-Identifier: MIT */
/* A cache as octets, to outlive a restart: a line that names the form, when and on what grounds it
 * was made, and the answers, in blocks that each have a checksum over all that stands before. Of an
 * answer there is the message alone: what can be derived from it is, when it is read. */
#pragma once

#include "cache/cache.h"

/* Octets of an image at most, however large the cache is: it is read before anything is answered,
 * and is in memory meanwhile. */
#define IMAGE_LEN_MAX ((size_t)64 << 20)

/* No answer is used for longer than that (cache.max-ttl); what claims more is not ours. */
#define IMAGE_TTL_MAX_S (7u * 86400)

/* Half of the key of a block's checksum; the other half is the checksum before it. They stand
 * against disks, not against people: who can write the file can compute them. */
#define IMAGE_SUM_KEY UINT64_C(0x73747562626f726e)

/* Seconds by which a clock may be wrong when signatures are looked at (RRSIG_SKEW_MAX_S). */
#define IMAGE_STEP_S 3600

#define IMAGE_BOOT_LEN	  36
#define IMAGE_GROUNDS_LEN 32

/* Now, as two clocks have it: answers age by the one that says that more time has gone by. */
struct image_moment {
	int64_t wall_s;
	uint32_t now_s;			    /* as entries are stored */
	uint8_t boot[IMAGE_BOOT_LEN];	    /* within which now_s counts on; all zero: unknown */
	uint8_t grounds[IMAGE_GROUNDS_LEN]; /* what answers and verdicts hang on */
	uint32_t stale_s;		    /* how long an answer is of use when it has expired */
};

struct image_draft;

/* An image of that cache, of at most len_max octets, to be made piece by piece while the cache is
 * in use; borrows it. NULL: out of memory. */
struct image_draft *image_draft_new(
	struct cache *cache, const struct image_moment *moment, size_t len_max);
void image_draft_free(struct image_draft *draft);

/* The next piece, borrowed until the one after it; empty: that was all. Cannot fail; it is what
 * base/keep.h takes. */
MUST_USE int image_draft_next(void *draft, struct bytes *piece);

/* Answers in the pieces so far. Failures, and what has been expired for too long, are not among
 * them. */
size_t image_draft_count(const struct image_draft *draft);

enum image_use {
	IMAGE_USED,
	IMAGE_OTHER_GROUNDS, /* its answers may not be true any more */
	/* The wall clock is behind the image, and how old that is nobody knows; or it was set by
	 * IMAGE_STEP_S or more since, and what was validated may have been so at a wrong time. */
	IMAGE_OTHER_TIME,
};

/* Puts the answers that are still of use and not there into the cache, each as old as it is;
 * *count: how many. Of an image that is not used none. ERR_FORMAT: damaged, or of another version,
 * and nothing was put; ERR_NOMEM: some were not. */
MUST_USE int image_read(struct cache *cache, const struct image_moment *moment, struct bytes image,
	enum image_use *use, size_t *count);
