// The one translation unit that compiles Beast itself; only codec.cpp sees it beside this.
#include <boost/beast/src.hpp>
