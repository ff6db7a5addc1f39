using NUnit.Framework;

namespace MtrlFunctional.Tests;

public sealed class Placeholder
{
    [Test]
    public void Runs() => Assert.That(1 + 1, Is.EqualTo(2));
}
