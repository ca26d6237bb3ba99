# SPDX-License-Identifier: MIT
#
# make deb    Debian's packages (build-aux/debian), in deb/ of the build tree
#
# Without the test suite, which `make check` is for; with it:
# make deb DEB_BUILD_OPTIONS=
DEB_BUILD_OPTIONS = nocheck
deb:
	@for tool in dpkg-buildpackage dh; do \
		command -v $$tool >/dev/null || { \
			echo "no $$tool: apt-get install dpkg-dev debhelper" >&2; \
			exit 1; }; \
	done
	@version=`sed -n '1s/.*(\(.*\)).*/\1/p' $(srcdir)/build-aux/debian/changelog`; \
	test "$$version" = "$(VERSION)" || { \
		echo "build-aux/debian/changelog is of $$version" >&2; exit 1; }
	rm -rf deb $(distdir)
	$(MAKE) $(AM_MAKEFLAGS) distdir
	$(MKDIR_P) deb
	mv $(distdir) deb/source
	cp -R $(srcdir)/build-aux/debian deb/source/debian
	cd deb/source && unset MAKEFLAGS MAKELEVEL MFLAGS && \
		DEB_BUILD_OPTIONS='$(DEB_BUILD_OPTIONS)' \
		dpkg-buildpackage -b -us -uc
	@if command -v lintian >/dev/null; then \
		cd deb && lintian --fail-on error *.changes; \
	else \
		echo "not checked: no lintian"; \
	fi
	@ls deb/*.deb

clean-deb:
	-rm -rf deb

EXTRA_DIST += build-aux/debian
.PHONY: deb clean-deb
