using System.Runtime.CompilerServices;

// Tests reach what users do not: the places of a draw, and the points where a disk may fail.
[assembly: InternalsVisibleTo("Interop.Tests")]
[assembly: InternalsVisibleTo("Interop.Child")]
