/* SPDX-License-Identifier: MIT */
/*
 * tls-hog.c - a module that takes some of the little static TLS there is
 */
__thread long expvar_test_hog[8]
	__attribute__((tls_model("initial-exec"), visibility("default")));

long expvar_test_hog_use(void);
long __attribute__((visibility("default"))) expvar_test_hog_use(void)
{
	return expvar_test_hog[0];
}
