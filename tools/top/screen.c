/* SPDX-License-Identifier: MIT */
/*
 * screen.c - the terminal: a canvas comes onto it, keys come from it
 */
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Words of <term.h> that we have other uses for. */
#undef columns
#undef lines

#include "canvas.h"
#include "common/message.h"
#include "common/time.h"
#include "confine/apart.h"
#include "keys.h"

#define EMPTY_MAX 20

enum call {
	CALL_SIZE = APART_TOOL, /* of the terminal: a struct winsize */
	CALL_SUSPEND,
};

static struct {
	bool is_ascii, has_color, is_gone;
	attr_t attributes[TOP_STYLES];
	short pairs[TOP_STYLES];
	struct termios modes; /* as they were */
	char leave[64]; /* what makes the terminal as it was */
	int said; /* where messages went before; -1 */
	int empty; /* so often in a row there was a key and then none */
} screen = { .said = -1 };

static volatile sig_atomic_t has_resized;

/* ---- signals ---- */

static void on_resize(int signal_number)
{
	(void)signal_number;
	has_resized = 1;
}

/* Only what may be called here: the terminal first, then as it would be. */
static void on_end(int signal_number)
{
	if (write(STDOUT_FILENO, screen.leave, strlen(screen.leave)) < 0)
		signal_number |= 0; /* nobody is left to be told */
	tcsetattr(STDIN_FILENO, TCSANOW, &screen.modes);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* Before ncurses would, whose own do what a handler must not. */
static void handle_signals(void)
{
	static const int ends[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT };
	struct sigaction action = { .sa_handler = on_end };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &action, NULL);
	action.sa_handler = on_resize;
	sigaction(SIGWINCH, &action, NULL);
}

/* ---- styles ---- */

static short color_of(int wanted, short fallback)
{
	return COLORS >= 256 ? (short)wanted : fallback;
}

static void set_style(enum top_style style, attr_t attributes, short foreground,
		      short background)
{
	static short next = 1;

	screen.attributes[style] = attributes;
	if (!screen.has_color || (foreground < 0 && background < 0))
		return;
	if (init_pair(next, foreground, background) != ERR)
		screen.pairs[style] = next++;
}

static void set_curves(void)
{
	static const short few[TOP_CURVES] = { COLOR_CYAN,   COLOR_GREEN,
					       COLOR_YELLOW, COLOR_MAGENTA,
					       COLOR_BLUE,   COLOR_RED };
	static const int many[TOP_CURVES] = { 81, 114, 221, 211, 147, 209 };
	int i;

	for (i = 0; i < TOP_CURVES; i++)
		set_style((enum top_style)(TOP_STYLE_CURVE + i), A_NORMAL,
			  color_of(many[i], few[i]), -1);
}

static void set_styles(void)
{
	bool color = screen.has_color;

	set_style(TOP_STYLE_DIM, color && COLORS >= 256 ? A_NORMAL : A_DIM,
		  color_of(245, -1), -1);
	set_style(TOP_STYLE_STRONG, A_BOLD, -1, -1);
	set_style(TOP_STYLE_BAR, color ? A_NORMAL : A_REVERSE,
		  color_of(252, COLOR_WHITE), color_of(24, COLOR_BLUE));
	set_style(TOP_STYLE_BAR_STRONG, color ? A_BOLD : A_REVERSE | A_BOLD,
		  color_of(255, COLOR_WHITE), color_of(24, COLOR_BLUE));
	set_style(TOP_STYLE_HEADING, color ? A_BOLD : A_BOLD | A_UNDERLINE,
		  color_of(110, COLOR_CYAN), color_of(235, -1));
	set_style(TOP_STYLE_RULE, color ? A_NORMAL : A_DIM,
		  color_of(240, COLOR_BLUE), -1);
	set_style(TOP_STYLE_KEY, A_BOLD, color_of(81, COLOR_CYAN), -1);
	set_style(TOP_STYLE_GOOD, A_NORMAL, color_of(114, COLOR_GREEN), -1);
	set_style(TOP_STYLE_WARN, A_NORMAL, color_of(221, COLOR_YELLOW), -1);
	set_style(TOP_STYLE_BAD, A_BOLD, color_of(203, COLOR_RED), -1);
	set_style(TOP_STYLE_PLAIN, A_NORMAL, color_of(81, COLOR_CYAN), -1);
	set_style(TOP_STYLE_BYTES, A_NORMAL, color_of(211, COLOR_MAGENTA), -1);
	set_style(TOP_STYLE_DURATION, A_NORMAL, color_of(221, COLOR_YELLOW),
		  -1);
	set_style(TOP_STYLE_PERCENT, A_NORMAL, color_of(114, COLOR_GREEN), -1);
	set_curves();
}

/* ---- opening and closing ---- */

static void add_leave(const char *name)
{
	const char *text = tigetstr(name);
	size_t len = strlen(screen.leave);

	if (text && text != (char *)-1 &&
	    len + strlen(text) < sizeof(screen.leave))
		strcpy(screen.leave + len, text);
}

/* Whatever is said would be in the middle of the picture. */
static void keep_messages(void)
{
	int fd = memfd_create("messages", MFD_CLOEXEC);

	if (fd < 0)
		return;
	fcntl(fd, F_SETFL, O_APPEND);
	screen.said = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	if (screen.said >= 0)
		dup2(fd, STDERR_FILENO);
	close(fd);
}

static void set_up(bool no_color)
{
	const char *never = getenv("NO_COLOR");

	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	set_escdelay(25);
	screen.has_color = !no_color && !(never && *never) && has_colors() &&
			   start_color() != ERR && use_default_colors() != ERR;
	set_styles();
	add_leave("cnorm");
	add_leave("sgr0");
	add_leave("rmkx");
	add_leave("rmcup");
}

int top_screen_open(bool ascii, bool no_color)
{
	const char *term = getenv("TERM");

	setlocale(LC_CTYPE, "");
	if (tcgetattr(STDIN_FILENO, &screen.modes)) {
		dump_say(NULL, "standard input is no terminal, and keys come "
			       "from there; --plain needs none");
		return -ENOTTY;
	}
	handle_signals();
	if (!newterm(NULL, stdout, stdin)) {
		dump_say(NULL, "unknown terminal '%s'; --plain needs none",
			 term ? term : "");
		return -ENOTTY;
	}
	/* The console's fonts have little else. */
	screen.is_ascii = ascii || strcmp(nl_langinfo(CODESET), "UTF-8") ||
			  (term && !strcmp(term, "linux"));
	set_up(no_color);
	keep_messages();
	return 0;
}

static void repeat_messages(void)
{
	char text[4096];
	off_t at = 0;
	ssize_t len;

	while ((len = pread(STDERR_FILENO, text, sizeof(text), at)) > 0) {
		if (write(screen.said, text, (size_t)len) < 0)
			break;
		at += len;
	}
	dup2(screen.said, STDERR_FILENO);
	close(screen.said);
	screen.said = -1;
}

void top_screen_close(void)
{
	endwin();
	tcsetattr(STDIN_FILENO, TCSANOW, &screen.modes);
	if (screen.said >= 0)
		repeat_messages();
}

/* ---- its size ---- */

static void ask_size(struct winsize *size)
{
	struct confine_message message = { .what = CALL_SIZE };

	if (!confine_is_child()) {
		ioctl(STDOUT_FILENO, TIOCGWINSZ, size);
		return;
	}
	if (!confine_ask(&message, NULL) && message.len == sizeof(*size))
		memcpy(size, message.bytes, sizeof(*size));
}

bool top_screen_fit(struct top_canvas *canvas)
{
	struct winsize size = { 0 };

	if (has_resized) {
		has_resized = 0;
		ask_size(&size);
		if (size.ws_row && size.ws_col)
			resizeterm(size.ws_row, size.ws_col);
		clearok(curscr, TRUE);
	}
	canvas->is_ascii = screen.is_ascii;
	if (canvas->rows == LINES && canvas->columns == COLS)
		return true;
	return top_canvas_resize(canvas, LINES, COLS);
}

void top_screen_spoiled(void)
{
	clearok(curscr, TRUE);
}

/* ---- drawing ---- */

static void show_cell(int row, int column, const struct top_cell *cell)
{
	wchar_t text[3] = { (wchar_t)cell->rune, (wchar_t)cell->mark, 0 };
	attr_t attributes = screen.attributes[cell->style];
	cchar_t shown;

	if (cell->is_selected)
		attributes = (attributes & ~(attr_t)A_DIM) | A_REVERSE;
	if (setcchar(&shown, text, attributes,
		     cell->is_selected ? 0 : screen.pairs[cell->style],
		     NULL) != ERR)
		mvadd_wch(row, column, &shown);
}

void top_screen_show(const struct top_canvas *canvas)
{
	const struct top_cell *cell = canvas->cells;
	int i, j;

	erase();
	for (i = 0; i < canvas->rows; i++)
		for (j = 0; j < canvas->columns; j++, cell++)
			if (cell->rune && (cell->rune != ' ' || cell->style ||
					   cell->is_selected))
				show_cell(i, j, cell);
	refresh();
}

/* ---- keys ---- */

static uint32_t special(wint_t key)
{
	switch (key) {
	case KEY_UP:
		return TOP_KEY_UP;
	case KEY_DOWN:
		return TOP_KEY_DOWN;
	case KEY_LEFT:
		return TOP_KEY_LEFT;
	case KEY_RIGHT:
		return TOP_KEY_RIGHT;
	case KEY_PPAGE:
		return TOP_KEY_PAGE_UP;
	case KEY_NPAGE:
		return TOP_KEY_PAGE_DOWN;
	case KEY_HOME:
		return TOP_KEY_HOME;
	case KEY_END:
		return TOP_KEY_END;
	case KEY_BTAB:
		return TOP_KEY_BACK_TAB;
	case KEY_BACKSPACE:
		return TOP_KEY_BACKSPACE;
	case KEY_ENTER:
		return TOP_KEY_ENTER;
	default:
		return 0;
	}
}

static uint32_t take_key(void)
{
	wint_t key;
	int result = get_wch(&key);

	if (result == ERR)
		return 0;
	if (result == KEY_CODE_YES)
		return special(key);
	if (key == 0x7F)
		return TOP_KEY_BACKSPACE;
	return key == '\n' ? TOP_KEY_ENTER : (uint32_t)key;
}

uint32_t top_screen_key(uint64_t timeout_ns)
{
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	struct timespec timeout = { (time_t)(timeout_ns / DUMP_SECOND),
				    (long)(timeout_ns % DUMP_SECOND) };
	uint32_t key = take_key();

	if (key || !timeout_ns)
		return key;
	if (ppoll(&input, 1, &timeout, NULL) <= 0)
		return 0;
	key = take_key();
	/* Ready, and nothing there, again and again: its end. */
	screen.empty = key ? 0 : screen.empty + 1;
	screen.is_gone = screen.empty > EMPTY_MAX ||
			 (!key && (input.revents & (POLLHUP | POLLERR)));
	return key;
}

bool top_screen_is_gone(void)
{
	return screen.is_gone;
}

/* ---- the shell ---- */

static void suspend(void)
{
	endwin();
	/* Of the whole job: the confined one waits for us anyway. */
	raise(SIGSTOP);
	/* Also where another process draws: its ncurses knows of nothing. */
	refresh();
}

void top_screen_suspend(void)
{
	struct confine_message message = { .what = CALL_SUSPEND };

	if (confine_is_child())
		confine_ask(&message, NULL);
	else
		suspend();
	has_resized = 1;
}

void top_screen_serve(struct confine_message *message, int *ret_fd,
		      void *userdata)
{
	struct winsize size = { 0 };

	(void)ret_fd;
	(void)userdata;
	message->len = 0;
	switch (message->what) {
	case CALL_SIZE:
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
		message->len = sizeof(size);
		memcpy(message->bytes, &size, sizeof(size));
		break;
	case CALL_SUSPEND:
		suspend();
		break;
	default:
		message->result = -ENOSYS;
	}
}

/* ---- messages ---- */

void top_screen_message(char *text, size_t size)
{
	struct stat file;
	char tail[512];
	ssize_t len;
	char *line;

	if (fstat(STDERR_FILENO, &file) || !S_ISREG(file.st_mode) ||
	    !file.st_size)
		return;
	len = pread(STDERR_FILENO, tail, sizeof(tail) - 1,
		    file.st_size > (off_t)sizeof(tail) - 1 ?
			    file.st_size - (off_t)sizeof(tail) + 1 :
			    0);
	if (len <= 0)
		return;
	tail[len] = '\0';
	if (tail[len - 1] == '\n')
		tail[len - 1] = '\0';
	line = strrchr(tail, '\n');
	line = line ? line + 1 : tail;
	len = (ssize_t)strlen(line);
	if ((size_t)len >= size)
		len = (ssize_t)size - 1;
	memcpy(text, line, (size_t)len);
	text[len] = '\0';
}
