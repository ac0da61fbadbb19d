# asyncapi: "make" builds the module, "make demo" shows it, "make test" tests
# it; the latter two install the Debian packages that they lack.
#
#     all        build/ngx_http_asyncapi_module.so, and the demo's library
#     deps       the packages of all, demo and test
#     demo       nginx with conf/demo.conf, in the foreground, and its parts
#     swagger-ui files of Swagger UI, which the demo can show, by npm
#     test       unit and prove, on a machine that may lack everything; two
#                validators of OpenAPI and Swagger UI come from npm
#     unit       programs of t/unit, under the sanitizers
#     prove      t/*.t on the installed nginx
#     asan       t/*.t on an nginx built for the sanitizers
#     tsan       what runs in threads, and t/*.t, under ThreadSanitizer
#     valgrind   t/*.t under valgrind
#     compat     t/*.t on the nginx of another suite of Debian (SUITE=trixie)
#     without    t/without/*.t on a module without the optional libraries
#     fuzz       programs of t/fuzz
#     mutations  texts changed at random, to all forms of the JSON validator, to
#                cJSON and to Python's json
#     check      rules that compilers do not check
#     bench      bench/run, bench/postgres, bench/parameters
#     bench-jobs bench/jobs: jobs, those who wait for them, and backgrounds
#     soak       bench/soak: a minute of Redis killed and started again and again
#     bench-threads  how long the loop is held while threads work on large JSON
#     bench-json how fast the forms of the JSON validator are
#     bench-schema  what checking a body against a schema takes
#     jsonschema cases of the JSON Schema Test Suite (SUITE=its directory)
#     fresh      demo and test in a new Debian root
#
#     T=t/02-x.t        the test files of prove, asan, tsan, valgrind, compat
#     JOBS=2            how many compilers or test files at a time
#     SUITE=trixie      the suite of compat
#     FUZZ_SECONDS=60   how long each fuzzer runs
#     MUTATIONS=1000000 how many texts of mutations; unit takes some thousands

MODULE = ngx_http_asyncapi_module
NGX_SRC = /usr/share/nginx/src

JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
MUTATIONS ?= 1000000
SUITE ?= trixie
T ?= t/

export PATH := $(PATH):/usr/sbin

SRCS = $(MODULE).c $(sort $(wildcard src/*/*.c))
HDRS = $(sort $(wildcard src/*.h src/*/*.h))
PAGES = $(sort $(wildcard src/api/docs/*))

.PHONY: all deps demo swagger-ui test unit prove asan tsan valgrind compat \
        without fuzz mutations check bench soak bench-jobs bench-threads \
        bench-json bench-schema jsonschema fresh clean FORCE

all: build/$(MODULE).so build/demo-rank.so

# what one target after the other has to do on a new machine

demo:
	@tools/deps build demo
	@$(MAKE) --no-print-directory all
	@tools/demo

swagger-ui:
	@tools/swagger-ui

test:
	@tools/deps build test
	@$(MAKE) --no-print-directory unit prove

deps:
	@tools/deps build demo test

clean:
	rm -rf build


# The module.  nginx's own makefile builds it, configured anew when a file
# comes or goes.  The copy is moved into place: a running nginx has it mapped.
# A symbol that is nowhere shows when nginx loads it.  Of several that make here
# at a time one works, and the others wait.

LOCK = flock build/lock

build/$(MODULE).so: build/objs/Makefile $(SRCS) $(HDRS) $(PAGES) tools/embed
	@echo building $@
	@$(LOCK) $(MAKE) -s -j$(JOBS) -C $(NGX_SRC) \
	    -f $(CURDIR)/build/objs/Makefile modules
	@echo "load_module $(CURDIR)/build/objs/$(MODULE).so; pid /dev/null;" \
	    "events {}" > build/objs/load.conf
	@nginx -t -q -e stderr -c $(CURDIR)/build/objs/load.conf
	@cp build/objs/$(MODULE).so $@.$$$$ && mv $@.$$$$ $@

build/objs/Makefile: config config.make tools/configure build/files $(NGX_SRC)/conf_flags
	@echo configuring
	@$(LOCK) tools/configure

build/files: FORCE
	@mkdir -p build
	@echo $(SRCS) $(HDRS) | cmp -s - $@ || echo $(SRCS) $(HDRS) > $@

$(NGX_SRC)/conf_flags:
	@echo "nginx-dev is not installed: \"make deps\" does it" >&2; exit 1


# A library of functions as users write them, which the demo calls.

build/demo-%.so: conf/demo/%.c src/asyncapi.h
	@mkdir -p build
	@echo building $@
	@$(CC) -O2 -g -fPIC -shared -W -Wall -Wno-unused-parameter -Werror \
	    -Isrc -o $@.$$$$ $< -lcjson && mv $@.$$$$ $@


# Tests.

prove: all
	tools/prove $(T)

asan:
	@tools/deps build test
	@$(MAKE) --no-print-directory build/demo-rank.so
	tools/asan $(T)

tsan: build/objs/Makefile
	@tools/deps build test
	@tools/nginx-source
	@$(LOCK) $(MAKE) --no-print-directory -j$(JOBS) $(TSAN_PROGS)
	prove --exec '' $(TSAN_PROGS)
	tools/tsan $(T)

valgrind: all
	@tools/deps test valgrind
	tools/valgrind $(T)

compat:
	@tools/deps build test
	@$(MAKE) --no-print-directory build/demo-rank.so
	tools/compat $(SUITE) $(T)

without:
	@tools/deps build test
	tools/without

check:
	@tools/check

bench: all
	@tools/deps bench
	bench/run
	bench/postgres
	bench/parameters

soak: all
	@tools/deps bench
	bench/soak

bench-jobs: all
	@tools/deps bench
	bench/jobs

bench-threads: all
	@tools/deps bench
	bench/threads

bench-json: build/bench-json
	build/bench-json

# the two drafts of the suite: what has to be, what may be, and formats

SUITE_UNIT = build/unit/schema_suite
SUITE_OLD = $(SUITE)/tests/draft7
SUITE_NEW = $(SUITE)/tests/draft2020-12

jsonschema: build/objs/Makefile
	@[ -d $(SUITE_NEW) ] || { echo "SUITE= is to be the directory of the" \
	    "JSON Schema Test Suite" >&2; exit 1; }
	@tools/nginx-source
	@$(LOCK) $(MAKE) --no-print-directory -j$(JOBS) $(SUITE_UNIT)
	$(SUITE_UNIT) $(SUITE_NEW)/*.json
	$(SUITE_UNIT) $(SUITE_NEW)/optional/*.json
	$(SUITE_UNIT) -f $(SUITE_NEW)/optional/format/*.json
	$(SUITE_UNIT) -7 $(SUITE_OLD)/*.json
	$(SUITE_UNIT) -7 $(SUITE_OLD)/optional/*.json
	$(SUITE_UNIT) -7 -f $(SUITE_OLD)/optional/format/*.json

bench-schema: build/bench-schema
	build/bench-schema

fresh:
	@tools/deps fresh
	tools/fresh


# Programs without a server: the unit tests, under the sanitizers, and the
# fuzzers.  They are the files of ours that know of no server, with the part of
# nginx's core that these use, compiled from nginx's source.

BARE_SRCS = $(sort $(wildcard src/json/*.c src/schema/*.c src/template/*.c \
                              src/cpu/*.c src/sql/ngx_asyncapi_*.c \
                              src/api/ngx_asyncapi_*.c \
                              src/net/*_parse.c src/net/*_chunked.c \
                              src/net/*_conninfo.c \
                              src/limit/*_semaphore.c src/queue/*.c))
BARE_CORE = ngx_palloc ngx_string ngx_array ngx_list ngx_buf ngx_parse \
            ngx_rbtree ngx_queue ngx_crc32 ngx_hash ngx_inet
BARE_INCS = -I$(NGX_SRC)/src/core -I$(NGX_SRC)/src/event \
            -I$(NGX_SRC)/src/os/unix -Ibuild/objs \
            -Isrc -Isrc/json -Isrc/schema -Isrc/template -Isrc/limit -Isrc/net \
            -Isrc/cpu -Isrc/sql -Isrc/api -Isrc/queue -Isrc/thread -It/unit \
            $(patsubst %,-I%,$(shell pg_config --includedir))
BARE_LIBS = -lcjson -lpcre2-8 -lcrypto -lz -lcrypt -lsqlite3 -lpq
BARE_FLAGS = -g -O1 -fno-omit-frame-pointer -DNGX_DEBUG_PALLOC=1 -MMD -MP
BARE_OBJS = $(BARE_CORE:%=core/%.o) core/ngx_alloc.o unit/ngx_asyncapi_core.o \
            $(BARE_SRCS:src/%.c=src/%.o)
CORE_FLAGS = -fno-sanitize=undefined
OUR_FLAGS = -W -Wall -Wextra -Wno-unused-parameter -Werror

UNIT_CC = $(CC) -fsanitize=address,undefined -fno-sanitize-recover=undefined
UNITS = $(sort $(shell grep -l '^main\>' t/unit/*.c))
UNIT_PROGS = $(UNITS:t/unit/%.c=build/unit/%)
UNIT_OBJS = $(sort $(BARE_OBJS:%=build/unit/%) \
                   $(patsubst t/%.c,build/unit/%.o, \
                              $(filter-out $(UNITS),$(wildcard t/unit/*.c))))

TSAN_CC = $(CC) -fsanitize=thread
TSAN_PROGS = build/tsan-unit/cpu
TSAN_OBJS = $(BARE_OBJS:%=build/tsan-unit/%) \
            build/tsan-unit/unit/ngx_asyncapi_unit.o

FUZZ_CC = clang -fsanitize=address,undefined,fuzzer-no-link \
          -fno-sanitize-recover=undefined
FUZZERS = $(sort $(wildcard t/fuzz/*.c))
FUZZ_PROGS = $(FUZZERS:t/fuzz/%.c=build/fuzz/%)
FUZZ_OBJS = $(BARE_OBJS:%=build/fuzz/%)

unit: build/objs/Makefile
	@tools/nginx-source
	@$(LOCK) $(MAKE) --no-print-directory -j$(JOBS) unit-programs
	$(if $(UNIT_PROGS),prove --exec '' $(UNIT_PROGS))
	t/unit/json_differential.py build/unit/json_differential 20000

mutations: build/objs/Makefile
	@tools/nginx-source
	@$(LOCK) $(MAKE) --no-print-directory -j$(JOBS) unit-programs
	build/unit/json_forms $(MUTATIONS)
	build/unit/json_differential $(MUTATIONS)
	t/unit/json_differential.py build/unit/json_differential $(MUTATIONS)

fuzz: build/objs/Makefile
	@tools/deps fuzz
	@tools/nginx-source
	@$(LOCK) $(MAKE) --no-print-directory -j$(JOBS) fuzz-programs
	$(if $(FUZZ_PROGS),tools/fuzz $(FUZZ_SECONDS) $(FUZZ_PROGS))

.PHONY: unit-programs fuzz-programs
unit-programs: $(UNIT_PROGS)
fuzz-programs: $(FUZZ_PROGS)

# $(1): unit, tsan-unit or fuzz, a directory of build/; $(2): its compiler

define bare
build/$(1)/core/%.o: build/nginx/src/core/%.c
	@mkdir -p $$(@D)
	@echo CC $$@
	@$(2) $(BARE_FLAGS) $(CORE_FLAGS) $(BARE_INCS) -c -o $$@ $$<

build/$(1)/core/%.o: build/nginx/src/os/unix/%.c
	@mkdir -p $$(@D)
	@echo CC $$@
	@$(2) $(BARE_FLAGS) $(CORE_FLAGS) $(BARE_INCS) -c -o $$@ $$<

build/$(1)/src/%.o: src/%.c
	@mkdir -p $$(@D)
	@echo CC $$@
	@$(2) $(BARE_FLAGS) $(OUR_FLAGS) $(BARE_INCS) -c -o $$@ $$<

build/$(1)/%.o: t/%.c
	@mkdir -p $$(@D)
	@echo CC $$@
	@$(2) $(BARE_FLAGS) $(OUR_FLAGS) $(BARE_INCS) -c -o $$@ $$<
endef

$(eval $(call bare,unit,$(UNIT_CC)))
$(eval $(call bare,tsan-unit,$(TSAN_CC)))
$(eval $(call bare,fuzz,$(FUZZ_CC)))

$(UNIT_PROGS): build/unit/%: build/unit/unit/%.o $(UNIT_OBJS)
	@echo LD $@
	@$(UNIT_CC) -o $@ $^ $(BARE_LIBS)

$(TSAN_PROGS): build/tsan-unit/%: build/tsan-unit/unit/%.o $(TSAN_OBJS)
	@echo LD $@
	@$(TSAN_CC) -o $@ $^ $(BARE_LIBS)

$(FUZZ_PROGS): build/fuzz/%: build/fuzz/fuzz/%.o $(FUZZ_OBJS)
	@echo LD $@
	@$(FUZZ_CC) -fsanitize=fuzzer -o $@ $^ $(BARE_LIBS)

# The validator by itself, as the module is built.

VALIDATE = $(sort $(wildcard src/json/*_validate*.c))

build/bench-json: bench/json.c $(VALIDATE) $(wildcard src/json/*.h) \
                  build/objs/Makefile
	@echo CC $@
	@$(CC) -O2 -g $(OUR_FLAGS) $(BARE_INCS) -o $@ $< $(VALIDATE)

# A schema by itself.

SCHEMA = $(sort $(wildcard src/json/*.c src/schema/*.c)) \
         $(BARE_CORE:%=build/nginx/src/core/%.c) \
         build/nginx/src/os/unix/ngx_alloc.c

build/bench-schema: bench/schema.c $(wildcard src/json/*.[ch] src/schema/*.[ch]) \
                    build/objs/Makefile
	@tools/nginx-source
	@echo CC $@
	@$(CC) -O2 -g $(OUR_FLAGS) $(BARE_INCS) -o $@ $< $(SCHEMA) $(BARE_LIBS)

.SECONDARY:

-include $(shell find build/unit build/tsan-unit build/fuzz -name '*.d' 2> /dev/null)
