/* SPDX-License-Identifier: MIT */
/* Preloaded into a subject, counts its signature checks in the file that BENCH_CHECKS names: those
 * functions of GnuTLS and OpenSSL with which validators check, and which TLS uses once a connection
 * at most. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef int check(void *, uintptr_t, uintptr_t, const void *, uintptr_t);

check gnutls_pubkey_verify_data2, EVP_DigestVerify, EVP_PKEY_verify;

static _Atomic uint64_t *count;

__attribute__((constructor)) static void open_count(void)
{
	const char *path = getenv("BENCH_CHECKS");
	int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (file < 0)
		return;
	void *mapped = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (mapped != MAP_FAILED)
		count = mapped;
	close(file);
}

/* Counts, and finds what the function that ours hides would have been. */
static check *counted(const char *name, check *_Atomic *known)
{
	union {
		void *address;
		check *function;
	} real = { .function = *known };

	if (count)
		atomic_fetch_add(count, 1);
	if (!real.function)
		real.address = dlsym(RTLD_NEXT, name);
	*known = real.function;
	return real.function;
}

/* (key, algorithm, flags, data, signature) */
int gnutls_pubkey_verify_data2(
	void *key, uintptr_t algorithm, uintptr_t flags, const void *data, uintptr_t signature)
{
	static check *_Atomic known;

	return counted(__func__, &known)(key, algorithm, flags, data, signature);
}

/* (context, signature, its length, data, its length) */
int EVP_DigestVerify(
	void *context, uintptr_t signature, uintptr_t len, const void *data, uintptr_t data_len)
{
	static check *_Atomic known;

	return counted(__func__, &known)(context, signature, len, data, data_len);
}

/* (context, signature, its length, digest, its length) */
int EVP_PKEY_verify(
	void *context, uintptr_t signature, uintptr_t len, const void *digest, uintptr_t digest_len)
{
	static check *_Atomic known;

	return counted(__func__, &known)(context, signature, len, digest, digest_len);
}
