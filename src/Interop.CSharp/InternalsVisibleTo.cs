using System.Runtime.CompilerServices;

// Tests use internals: the slots of a draw, and disk fault injection.
[assembly: InternalsVisibleTo("Interop.Tests")]
[assembly: InternalsVisibleTo("Interop.Child")]
[assembly: InternalsVisibleTo("Reliability.Tests")]
