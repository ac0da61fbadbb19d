package AsyncAPI::Library;

# Compiles t/library/NAME.c for asyncapi_library and returns the file's name,
# "library('slow')"; what follows the name is for the compiler.

use strict;
use warnings;

use Cwd qw( abs_path );
use Exporter qw( import );
use File::Basename qw( dirname );
use File::Path qw( make_path );

our @EXPORT = qw( library );

my $root = abs_path(dirname(__FILE__) . '/../../..');


sub library {
    my ($name, @options) = @_;

    my $dir = "$root/build/library";
    my $file = join '-', "$dir/$name", map { /(\w+)$/ } @options;

    make_path($dir);

    # moved into its place: another test file may have it in use

    system(split(' ', $ENV{CC} || 'cc'), qw( -g -O1 -fPIC -shared -Wall -Wextra
           -Wno-unused-parameter -Wno-unused-result -Werror -I ), "$root/src",
           @options, '-o', "$file.$$", "$root/t/library/$name.c") == 0
        or die "$name.c can't be compiled\n";

    rename "$file.$$", "$file.so" or die "$file.so: $!\n";

    return "$file.so";
}


1;
