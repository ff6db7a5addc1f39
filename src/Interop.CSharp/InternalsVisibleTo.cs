using System.Runtime.CompilerServices;

// Tests use internals, such as the slots of a draw.
[assembly: InternalsVisibleTo("Interop.Tests")]
[assembly: InternalsVisibleTo("Interop.Child")]
[assembly: InternalsVisibleTo("Reliability.Tests")]
