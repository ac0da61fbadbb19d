# The pages of asyncapi_docs, as texts of C; ngx_asyncapi_docs is config's.

cat << END >> $NGX_MAKEFILE

$NGX_OBJS/ngx_http_asyncapi_docs_files.h:	$ngx_asyncapi_docs \\
	$ngx_addon_dir/tools/embed
	sh $ngx_addon_dir/tools/embed $ngx_asyncapi_docs \\
	    > $NGX_OBJS/ngx_http_asyncapi_docs_files.h

END
