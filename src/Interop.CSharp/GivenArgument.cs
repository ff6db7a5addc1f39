using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MtrlFunctional;

internal static class GivenArgument
{
    /// <summary>The argument of an expression-bodied member.</summary>
    /// <exception cref="ArgumentNullException">It is null; the message has its name.</exception>
    internal static T Given<T>([NotNull] this T? argument, [CallerArgumentExpression(nameof(argument))] string? name = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(argument, name);
        return argument;
    }
}
