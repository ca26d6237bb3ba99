#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test-run-programs.sh - programs of the distribution under expvar-run: what they
# print, what they say, how they end, and what was counted. Those that are not
# installed are left out; 77 if none is. (W24 in docs/reliability.md)
. "$(dirname "$0")/support.sh"
# shellcheck source=tests/cli/run-support.sh
. "$(dirname "$0")/run-support.sh"

cd "$work" || exit 99
HOME=$work
GIT_CONFIG_NOSYSTEM=1
export HOME GIT_CONFIG_NOSYSTEM
looked=

begin() {
	have "$1" || {
		echo "not here: $1"
		return 1
	}
	looked="$looked $1"
}

# at_least N: so many blocks were made, and not more freed than made
at_least() {
	[ "${mallocs:-0}" -ge "$1" ] && [ "$frees" -le "$mallocs" ] ||
		fail "expected $1 mallocs or more, counted $mallocs, $frees frees"
}

"$python" -c '
import random
random.seed(7)
for i in range(20000):
    print("%d,%s,%d" % (random.randrange(1 << 40), "w" * (i % 40), i))
' >rows.csv 2>/dev/null ||
	awk 'BEGIN { for (i = 0; i < 20000; i++) print (i * 7919) % 20011 ",w," i }' \
		>rows.csv

head -n 500 rows.csv >some.csv

# ---- against valgrind: each call, and each byte that was asked for ----

# against_valgrind APP PROGRAM [ARGUMENT]...
against_valgrind() {
	valgrind_app=$1
	shift
	have valgrind || return 0
	timeout 120 valgrind --run-libc-freeres=no "$@" >valgrind-out \
		2>valgrind-err
	count "$@"
	# total heap usage: 475 allocs, 460 frees, 112,415 bytes allocated
	wanted=$(sed -n 's/.*total heap usage: \(.*\) allocs, \(.*\) frees, \(.*\) bytes.*/\1 \2 \3/p' \
		valgrind-err | tr -d ,)
	[ -n "$wanted" ] || fail "no figures of valgrind's"
	# shellcheck disable=SC2086
	want_counted "$valgrind_app" $wanted
}
if begin sqlite3; then
	cat >query.sql <<'EOF'
drop table if exists t;
create table t(a integer, b text, c integer);
.mode csv
.import rows.csv t
create index i on t(b);
select b, count(*), sum(a), max(c) from t group by b order by 2 desc, 1;
select * from t where a in (select max(a) from t) or c < 5;
EOF
	compare sqlite3 :memory: '.read query.sql'
	want_status 0
	counted sqlite3
	at_least 1000
	printf '.mode csv\n.import some.csv t\nselect * from t order by 2;\n' >some.sql
	against_valgrind sqlite3 sqlite3 :memory: '.read some.sql'
fi
# Not those that copy their environment, to which valgrind adds.
if begin ls; then
	against_valgrind ls ls -lR /etc/security
fi
if begin sort; then
	against_valgrind sort sort --parallel=1 -t, -k2 -k1n some.csv
	against_valgrind sort sort nothing-here
fi
if begin grep; then
	against_valgrind grep grep -E -c '(ww)+,1[0-9]*|^9' rows.csv
fi

# ---- compilers ----

if begin gcc; then
	cat >program.c <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct node { struct node *next; char name[16]; };
static struct node *add(struct node *list, const char *name)
{
	struct node *node = malloc(sizeof(*node));
	strncpy(node->name, name, sizeof(node->name) - 1);
	node->next = list;
	return node;
}
int main(int argc, char **argv)
{
	struct node *list = NULL;
	for (int i = 0; i < argc; i++)
		list = add(list, argv[i]);
	for (; list; list = list->next)
		puts(list->name);
	return undeclared;
}
EOF
	compare gcc -O2 -Wall -c -o program.o program.c
	want_status 1
	counted gcc
	at_least 100
	sed -i 's/undeclared/0/' program.c
	gcc -O2 -Wall -frandom-seed=1 -c -o without.o program.c
	what="gcc, with what it starts"
	"$run_program" --keep --children -- gcc -O2 -Wall -frandom-seed=1 -c \
		-o program.o program.c 2>"$work/err"
	status=$?
	want_status 0
	want_no_err
	cmp program.o without.o || fail "another object file than without"
	counted cc1
	at_least 1000
	rm -f "$EXPVAR_DIR"/*
fi

# ---- sort, xz: several threads ----

if begin sort; then
	cat rows.csv rows.csv rows.csv rows.csv >many.csv
	LC_ALL=C compare sort --parallel=4 -S 8M -t, -k1n,1 -k3 many.csv
	want_status 0
	counted sort
	at_least 10
	compare sort -c many.csv
	want_status 1
fi
if begin xz; then
	xz -T2 --block-size=200KiB -c many.csv >without.xz
	count xz -T2 --block-size=200KiB -c many.csv
	want_status 0
	cmp -s "$work/out" without.xz || fail "another file than without"
	counted xz
	at_least 20
	count xz -T4 -d -c without.xz
	cmp -s "$work/out" many.csv || fail "another text than before"
	rm -f "$EXPVAR_DIR"/*
fi

# ---- git ----

if begin git; then
	(
		git init -q source && cd source &&
			git config user.email nobody@example.org &&
			git config user.name nobody &&
			split -l 500 ../rows.csv part- && git add . &&
			git commit -q -m parts && git rm -q part-aa &&
			git commit -q -m less
	) >git-said 2>&1 || cat git-said
	for option in "" --children; do
		what="git clone, expvar-run $option"
		rm -rf copy
		# shellcheck disable=SC2086
		"$run_program" --keep $option -- git clone -q --no-local \
			source copy >"$work/out" 2>"$work/err"
		status=$?
		want_status 0
		want_no_out
		want_no_err
		[ "$(git -C copy rev-parse HEAD)" = \
			"$(git -C source rev-parse HEAD)" ] ||
			fail "another commit than in the source"
		git -C copy fsck --strict >fsck 2>&1 || fail "$(cat fsck)"
	done
	compare git -C copy log --stat --format='%H %s'
	want_status 0
	compare git clone -q nothing-here nowhere
	want_status 128
	rm -f "$EXPVAR_DIR"/*
fi

# ---- python ----

if [ -x /usr/bin/python3 ]; then
	looked="$looked python3"
	compare /usr/bin/python3 -I -c '
import json, os, re, subprocess, sys, threading
print(json.loads(json.dumps({str(i): [i] * 9 for i in range(3000)}))["2999"])
threads = [threading.Thread(target=lambda: re.compile("a" * 99)) for i in range(9)]
[t.start() for t in threads], [t.join() for t in threads]
print(subprocess.run(["sh", "-c", "exit 9"]).returncode, sorted(os.environ)[:3])
pid = os.fork()
if pid == 0:
    os._exit(len(json.dumps(list(range(1000)))) % 200)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
sys.exit(200)'
	want_status 200
	counted python3
	at_least 1000
	if /usr/bin/python3 -c 'import test.test_json' 2>/dev/null; then
		test_json() {
			timeout 120 "$@" /usr/bin/python3 -m unittest -v \
				test.test_json 2>&1 |
				sed 's/^Ran \(.*\) in .*/Ran \1/'
		}
		test_json >without
		what="python3 -m unittest test.test_json"
		test_json "$run_program" --keep >"$work/out"
		want_same_out_as without
		want_line '^OK'
		counted python3
		at_least 10000
	fi
fi

# ---- redis ----

# redis WITH...: a server, the same commands, a benchmark, a saved file
redis() {
	mkdir -p redis
	rm -f redis/*
	"$@" redis-server --port 0 --unixsocket "$work/redis/socket" \
		--dir "$work/redis" --save '' --daemonize no --loglevel warning \
		>redis/log 2>&1 &
	server=$!
	pids="$pids $server"
	tries=0
	until redis-cli -s redis/socket ping >ping 2>&1 || [ $tries -ge 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	cat >commands <<'EOF'
set greeting hello
append greeting ", world"
get greeting
eval "for i = 1, 2000 do redis.call('rpush', 'list', i * i) end return #redis.call('lrange', 'list', 0, -1)" 0
sort list limit 0 3 desc
zadd scores 3 three 1 one 2 two
zrange scores 0 -1 withscores
hset thing a 1 b 2
hgetall thing
get list
save
EOF
	redis-cli -s redis/socket <commands >redis/answers 2>&1
	redis-benchmark -s redis/socket -q -n 3000 -c 20 -P 4 -r 1000 \
		-t set,get,lpush,lrange_100 >redis/benchmark 2>&1
	echo "benchmark $?" >>redis/answers
	redis-cli -s redis/socket bgsave >>redis/answers
	while redis-cli -s redis/socket info persistence |
		grep -q 'rdb_bgsave_in_progress:1'; do
		sleep 0.1
	done
	redis-cli -s redis/socket info persistence |
		grep -E 'last_bgsave_status' | tr -d '\r' >>redis/answers
	redis-cli -s redis/socket dbsize >>redis/answers
}
end_redis() {
	redis-cli -s redis/socket shutdown nosave >>redis/answers 2>&1
	wait "$server"
	echo "status $?" >>redis/answers
	forget "$server"
	redis-check-rdb redis/dump.rdb >check 2>&1
	echo "check $?" >>redis/answers
}
# Counts and orders of the benchmark's own keys are random.
answers() {
	sed '/^[0-9]*$/d' redis/answers
}
if begin redis-server && begin redis-benchmark; then
	redis
	end_redis
	answers >without
	redis "$run_program" --keep -a redis-counted
	what="redis-server under redis-benchmark"
	run -q redis-counted
	want_status 0
	want_json 'd["memstats"]["Mallocs"] > 10000'
	want_json '0 < d["memstats"]["HeapObjects"] < d["memstats"]["Mallocs"]'
	want_json '0 < d["memstats"]["HeapAlloc"] <= d["memstats"]["HeapInuse"]'
	end_redis
	what="redis-server under redis-benchmark"
	answers >"$work/out"
	want_same_out_as without
	want_line '^status 0$'
	want_line '^check 0$'
	want_line '^benchmark 0$'
fi

[ -n "$looked" ] || {
	echo "skipped: none of the programs is installed"
	exit 77
}
finish
