package AsyncAPI::Refused;

# Blocks of configurations that nginx must refuse, and what it is to say:
#
#     === TEST 1: a sleep needs a time
#     --- statements
#     sleep a;
#     --- refused
#     1: needs a time: write for instance 300ms or 2s in sleep "a"
#
# "statements" is the inside of an asyncapi block, "locations" that of a server.
# The number is the line there that the message names.  "user_files" may stand
# beside it.  A block without "refused" is an ordinary one.

use strict;
use warnings;

my %around = (
    statements => [ "location = /t {\nasyncapi {\n", "}\n}\n" ],
    locations  => [ '', '' ],
);


sub expect {
    my $block = shift;

    return if !defined $block->refused;

    my ($form) = grep { defined $block->$_ } keys %around;
    my ($above, $below) = @{ $around{$form} };

    my ($line, $message) = $block->refused =~ /^(\d+): (.*)/
        or die $block->name . ": \"--- refused\" is no \"line: message\"";

    my $file = main::html_dir() . '/wrong.conf';

    $line += $above =~ tr/\n//;

    $block->set_value('user_files',
                      (defined $block->user_files ? $block->user_files : '')
                      . ">>> wrong.conf\n$above" . $block->$form . $below);
    $block->set_value('config', "include $file;");
    $block->set_value('must_die', '');
    $block->set_value('suppress_stderr', '');
    $block->set_value('error_log', qr/\Q$message in $file:$line\E\b/);
}


1;
