#if NETSTANDARD
namespace System.Runtime.CompilerServices;

/// <summary>The compiler needs it for properties that are set at construction; .NET Standard has none.</summary>
internal static class IsExternalInit;
#endif
