namespace MtrlFunctional.Tests;

/// <summary>What is refused with a message to users.</summary>
internal static class Refusals
{
    /// <summary>Asserts that a call is refused, with all of these parts in the message.</summary>
    internal static void Refused(Action call, params string[] parts)
    {
        var message = Assert.Catch<MtrlException>(() => call())!.Message;
        foreach (var part in parts)
            Assert.That(message, Does.Contain(part));
    }
}
