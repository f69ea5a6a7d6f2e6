# Mortise. `make` builds everything; `make help` lists the targets.
#
# BUILD is where objects and programs go, so that two builds (released, sanitized) live side by side:
#   make                                  released, in build/
#   make BUILD=build-asan SANITIZE=1      with ASan and UBSan
#   make BUILD=build-fuzz FUZZ=1 fuzzers  with libFuzzer's coverage as well (clang)

BUILD   ?= build
# One name for one folder: what the compiler writes about dependencies goes by it.
override BUILD := $(patsubst $(CURDIR)/%,%,$(BUILD))
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
PKG     := libpq jansson libzip libmemcached libsodium libseccomp libcurl cjose liboath libqrencode libfido2 libmagic libjpeg libpng libwebp

VERSION := 0.1.0
# Against jumps that no compiler made: each machine calls it something else.
PROTECTION := $(if $(filter aarch64%,$(shell $(CC) -dumpmachine)),-mbranch-protection=standard,-fcf-protection)

WARN := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wwrite-strings \
	-Wformat=2 -Wshadow -Wundef
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DMORTISE_VERSION='"$(VERSION)"' \
	-Ifcgi -Ifcgi/include -I$(BUILD)/obj $(shell pkg-config --cflags $(PKG))
CFLAGS_ALL := -std=gnu17 -g $(WARN) -fno-common -fvisibility=hidden -fPIC -MMD -MP
ifdef FUZZ
CC := clang-14
# gcc defines this itself with AddressSanitizer; arena.c tests it.
CPPFLAGS += -D__SANITIZE_ADDRESS__=1
CFLAGS_ALL += -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -Wno-format-nonliteral -Wno-missing-field-initializers
else ifdef COVERAGE
CPPFLAGS += -DMORTISE_COVERAGE
CFLAGS_ALL += -O0 --coverage -fprofile-update=atomic
LDFLAGS += --coverage
else ifdef SANITIZE
CFLAGS_ALL += -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
else
CFLAGS_ALL += -O2 -fstack-protector-strong -fstack-clash-protection $(PROTECTION) -D_FORTIFY_SOURCE=2
LDFLAGS += -Wl,-z,relro,-z,now -pie
endif
CFLAGS_ALL += $(CFLAGS)

# A program links only the rooms it needs (archives: what is not called is not linked). mortise-guest has
# plugins' code in it: nothing but guest, and of base and os what that calls.
ROOMS_mortised        := os crypt base
ROOMS_mortise         := cli oidc marketplace install registry auth cache db http os package crypt base
ROOMS_mortise-api     := oidc api resource marketplace install registry events auth cache db http os package crypt base
ROOMS_mortise-plugin  := host guest db http os crypt base
ROOMS_mortise-guest   := guest os base
ROOMS_mortise-steward := relay registry events auth cache db http os package crypt base
ROOMS_mortise-fetch   := marketplace os base
ROOMS_mortise-inspect := inspect os package base
LIBS := -Wl,--as-needed -lpq -ljansson -lzip -lmemcached -lsodium -lseccomp -lfcgi -lcurl -lcjose -loath -lqrencode -lfido2 -lmagic -ljpeg -lpng16 -lwebp -ldl
PROGRAMS := mortised mortise mortise-api mortise-plugin mortise-guest mortise-steward mortise-fetch mortise-inspect

BINS     := $(PROGRAMS:%=$(BUILD)/bin/%)
PLUGINS  := $(notdir $(patsubst %/manifest.json,%,$(wildcard plugins/*/manifest.json)))
TEST_PLUGINS := $(notdir $(patsubst %/manifest.json,%,$(wildcard t/plugins/bad/*/manifest.json)))

# V=1 shows whole commands.
ifdef V
say = @:
else
Q   := @
say = @printf '  %-5s %s\n' $(1) $(2)
endif

.PHONY: all programs types plugins test-plugins units bench-guest fuzzers ui test lint format install clean help
all: programs plugins ui

help:
	@echo 'make            programs, plugins and front end'
	@echo 'make programs   the programs, in $(BUILD)/bin'
	@echo 'make plugins    plugin packages, in $(BUILD)/plugins/<key>.zip'
	@echo 'make ui         the front end, in public/dist'
	@echo 'make types      public/sdk/src/slots.ts, out of the tables in fcgi/package'
	@echo 'make units      unit tests, in $(BUILD)/t'
	@echo 'make fuzzers    fuzzers, with FUZZ=1 BUILD=build-fuzz (scripts/fuzz does that and runs them)'
	@echo 'make test       everything, as CI does (scripts/test)'
	@echo 'make lint       rooms, format, warnings of clang-tidy and of the TypeScript compiler'
	@echo 'make format     clang-format on C, prettier on the front end'
	@echo 'make install    to DESTDIR/PREFIX ($(PREFIX))'

programs: $(BINS) $(BUILD)/schemas/plugin-manifest.json $(BUILD)/schemas/plugin-manifest.html

# --- objects ---------------------------------------------------------------------------------------
# Statements stand in .sql files beside their C, which includes them as headers: "relay/closer.sql.h".
STATEMENTS := $(patsubst fcgi/%,$(BUILD)/obj/%.h,$(wildcard fcgi/*/*.sql))
.SECONDARY: $(STATEMENTS)
$(BUILD)/obj/%.sql.h: fcgi/%.sql scripts/embed-sql
	@mkdir -p $(@D)
	$(Q)scripts/embed-sql $< >$@.new && mv -f $@.new $@
$(BUILD)/obj/%.o: fcgi/%.c | $(STATEMENTS)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -include base/banned.h -c -o $@ $<

ROOMS := base crypt package os inspect guest http db cache auth events registry resource api host install marketplace oidc relay cli
define room
$(BUILD)/$(1).a: $(patsubst fcgi/%.c,$(BUILD)/obj/%.o,$(wildcard fcgi/$(1)/*.c))
	@mkdir -p $$(@D) && rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))
archives = -Wl,--start-group $(1) -Wl,--end-group
define program
$(BUILD)/bin/$(1): $(BUILD)/obj/cmd/$(1).o $(ROOMS_$(1):%=$(BUILD)/%.a)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$< $$(call archives,$(ROOMS_$(1):%=$(BUILD)/%.a)) $$(LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))
# Its backtraces need libgcc's unwinder: a library of its own would cost every guest memory.
$(BUILD)/bin/mortise-guest: LDFLAGS += -static-libgcc

# --- manifest.json's schema and page, made from the table that packages are checked with; nginx serves them ---
$(BUILD)/schemas/plugin-manifest.json $(BUILD)/schemas/plugin-manifest.html: $(BUILD)/bin/mortise
	@mkdir -p $(@D)
	$(Q)$< schema $(if $(filter %.html,$@),--html) >$@.new && mv -f $@.new $@

# The types of slots and permissions, for the front end and for @mortise/sdk: t/plugins/schema.t.mjs compares.
types: $(BUILD)/bin/mortise
	$< schema --types >public/sdk/src/slots.ts

# --- unit tests: t/unit/<room>_<noun>.c, one program each, linked with all rooms but cmd -------------
UNITS := $(patsubst t/unit/%.c,$(BUILD)/t/%.t,$(wildcard t/unit/*.c))
$(BUILD)/t/%.t: t/unit/%.c $(ROOMS:%=$(BUILD)/%.a)
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $< \
		$(call archives,$(ROOMS:%=$(BUILD)/%.a)) -lcmocka $(LIBS)
units: $(UNITS) $(BUILD)/trial/trial

# --- the trial resource: a worker that has it, for t/api/resources.t.mjs --------------------------------
$(BUILD)/trial/trial: $(wildcard t/trial/*.[ch]) $(ROOMS:%=$(BUILD)/%.a)
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS_ALL)) $(LDFLAGS) -o $@ $(filter %.c,$^) \
		$(call archives,$(ROOMS:%=$(BUILD)/%.a)) $(LIBS)

# --- fuzzers: t/fuzz/<name>.c, one program each, linked with the same rooms --------------------------
FUZZERS := $(patsubst t/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard t/fuzz/*.c))
FUZZ_ROOMS := $(filter-out os relay cli,$(ROOMS))
$(BUILD)/fuzz/%: t/fuzz/%.c $(FUZZ_ROOMS:%=$(BUILD)/%.a) $(BUILD)/os.a
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -fsanitize=fuzzer,address,undefined -o $@ $< \
		$(call archives,$(FUZZ_ROOMS:%=$(BUILD)/%.a) $(BUILD)/os.a) $(LIBS)
fuzzers: $(FUZZERS)

# --- what the wall between host and guest costs; PLUGIN=path/of/plugin.so, else time-clock's ------------
PLUGIN ?= $(BUILD)/bench/time-clock.so
$(BUILD)/bench/guest: t/bench/guest.c $(ROOMS:%=$(BUILD)/%.a)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $< \
		$(call archives,$(ROOMS:%=$(BUILD)/%.a)) $(LIBS)
$(BUILD)/bench/wall: t/bench/wall.c $(BUILD)/base.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $< $(BUILD)/base.a
$(BUILD)/bench/one.so: t/bench/one.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -shared -o $@ $<
$(BUILD)/bench/time-clock.so: $(wildcard plugins/time-clock/src/*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -DMT_PLUGIN_KEY='"time-clock"' -DMT_PLUGIN_VERSION='"0"' -shared -o $@ $^
bench-guest: $(BUILD)/bench/guest $(BUILD)/bench/one.so $(BUILD)/bin/mortise-guest $(PLUGIN)
	$(BUILD)/bench/guest $(BUILD)/bin/mortise-guest $(BUILD)/bench/one.so '$(PLUGIN)'

# --- plugins: <key>/src/*.c -> plugin.so; package with manifest, migrations, ui bundle, README, icon --
# scripts/pack makes the ZIP: the folder's files, their hashes in manifest.json's "files".
define plugin
$(BUILD)/$(2)/$(1).zip: $(wildcard $(3)/$(1)/src/*.[ch]) $(wildcard $(3)/$(1)/manifest.json) \
		$(wildcard $(3)/$(1)/migrations/*.sql) $(wildcard $(3)/$(1)/ui/src/*) \
		$(wildcard $(3)/$(1)/*.md) $(wildcard $(3)/$(1)/icon.svg) $(wildcard $(3)/$(1)/screenshots/*) \
		$(if $(wildcard $(3)/$(1)/ui/src),public/node_modules/.package-lock.json \
			$(wildcard public/sdk/src/*) public/scripts/build-plugin-ui.mjs) \
		$(wildcard fcgi/include/*.h) scripts/pack | $(BUILD)/bin/mortise
	$$(call say,PACK,$$@)
	$$(Q)CC='$(CC)' MORTISE='$(abspath $(BUILD)/bin/mortise)' scripts/pack $(3)/$(1) $$@
endef
$(foreach p,$(PLUGINS),$(eval $(call plugin,$(p),plugins,plugins)))
$(foreach p,$(TEST_PLUGINS),$(eval $(call plugin,$(p),test-plugins,t/plugins/bad)))
plugins: $(PLUGINS:%=$(BUILD)/plugins/%.zip)
test-plugins: $(TEST_PLUGINS:%=$(BUILD)/test-plugins/%.zip)

# --- front end -------------------------------------------------------------------------------------
ui: public/dist/index.html
# Not `npm ci`: it insists on lock entries of packages for other platforms, which a registry mirror need
# not have. This installs what the lock names and writes neither of the two files.
public/node_modules/.package-lock.json: public/package.json public/package-lock.json
	cd public && npm install --no-save --no-audit --no-fund --ignore-scripts
	@touch $@
public/dist/index.html: public/node_modules/.package-lock.json public/index.html public/system.html \
		$(wildcard public/*.ts public/*.json) $(shell find public/src -type f 2>/dev/null)
	cd public && npm run --silent build

# --- house -----------------------------------------------------------------------------------------
test:
	scripts/test
lint:
	scripts/lint
format:
	clang-format -i $$(git ls-files '*.c' '*.h')
	cd public && npx prettier --write --log-level warn src scripts $$(git ls-files "../plugins/*/ui/src/*")
install: programs
	scripts/install-files '$(BUILD)' '$(DESTDIR)' '$(PREFIX)'
clean:
	rm -rf '$(BUILD)' public/dist

-include $(shell find $(BUILD)/obj $(BUILD)/t $(BUILD)/fuzz -name '*.d' 2>/dev/null)
