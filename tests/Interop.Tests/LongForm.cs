namespace MtrlFunctional.Tests;

/// <summary>The short form of the tests, in every test run, and the long one, in `./mtrl test --long`.</summary>
internal static class LongForm
{
    /// <summary>The category of tests and cases that the short form leaves out.</summary>
    public const string Only = "Long";

    public static bool IsAsked { get; } = Environment.GetEnvironmentVariable("MTRL_LONG") == "1";

    /// <returns>The first ones; in the long form all.</returns>
    public static T[] Cases<T>(T[] first, params T[] others) => IsAsked ? [.. first, .. others] : first;
}
