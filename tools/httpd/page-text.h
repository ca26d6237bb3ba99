/* SPDX-License-Identifier: MIT */
/*
 * page-text.h - the files of page/, as they are when this is built
 */
#ifndef EXPVAR_HTTPD_PAGE_TEXT_H
#define EXPVAR_HTTPD_PAGE_TEXT_H

/* @STYLE@, @INDEX@ and @SCRIPT@ stand in it for what goes there. */
extern const char httpd_page_html[];
extern const char httpd_page_style[];
extern const char httpd_page_script[];

#endif
