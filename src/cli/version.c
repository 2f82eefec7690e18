/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>

#include "daemon/config.h"
#include "dnssec/p256.h"
#include "net/loop.h"
#include "net/tls.h"
#include "upstream/bootstrap.h"
#include "upstream/h2.h"

static const char help[] = "Usage: stubborn version\n"
			   "\n"
			   "Shows the version of stubborn and of the libraries that it runs with.\n"
			   "\n"
			   "  -h, --help  this text\n";

int cli_version(int argc, char **argv)
{
	static const struct option known[] = { { "help", no_argument, NULL, 'h' }, { 0 } };

	int option = getopt_long(argc, argv, "h", known, NULL);
	if (option != -1) {
		fputs(help, option == 'h' ? stdout : stderr);
		return option == 'h' ? EXIT_GOOD : EXIT_USAGE;
	}
	if (optind < argc) {
		fprintf(stderr, "stubborn version: unexpected argument: %s\n", argv[optind]);
		return EXIT_USAGE;
	}
	printf("stubborn " STUBBORN_VERSION "\n");
	printf("GnuTLS %s\n", tls_library_version());
	printf("libuv %s\n", loop_library_version());
	printf("libyaml %s\n", config_library_version());
	printf("libidn2 %s\n", config_idn_library_version());
	printf("libcares %s\n", bootstrap_library_version());
	printf("libnghttp2 %s\n", h2_library_version());
	if (p256_library_version())
		printf("libcrypto %s\n", p256_library_version());
	return EXIT_GOOD;
}
