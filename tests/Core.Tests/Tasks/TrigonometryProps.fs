namespace MtrlFunctional.Tests.Tasks

open System
open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Tasks

[<TestFixture>]
module ``sine and cosine`` =
    let private angle (x: NormalFloat) = Math.IEEERemainder(x.Get, 1000.0)

    [<Property(MaxTest = 1000)>]
    let ``are those of the mathematical library but for the last bits`` x =
        let x = angle x

        abs (Trigonometry.sin x - Math.Sin x) < 1e-15
        && abs (Trigonometry.cos x - Math.Cos x) < 1e-15

    [<Property>]
    let ``turn over with the angle`` x =
        let x = angle x

        Trigonometry.sin -x = -(Trigonometry.sin x)
        && Trigonometry.cos -x = Trigonometry.cos x

    /// NumPy 1.24.2 on a processor with AVX-512; the C library differs in the last bit for
    /// each of these.
    [<TestCase(4.270041, -0.9037490726776564)>]
    [<TestCase(4.311171, -0.920586007031829)>]
    [<TestCase(0.214558, 0.21291558390840018)>]
    let ``sine has NumPy's last bit`` (x: float) (y: float) =
        Assert.That(Trigonometry.sin x, Is.EqualTo y)
        Assert.That(Math.Sin x, Is.Not.EqualTo y)

    [<TestCase(0.214558, 0.9770705983340944)>]
    [<TestCase(-2.998781, -0.9898197358081952)>]
    [<TestCase(-6.24497, 0.99926988401078)>]
    let ``cosine has NumPy's last bit`` (x: float) (y: float) =
        Assert.That(Trigonometry.cos x, Is.EqualTo y)
        Assert.That(Math.Cos x, Is.Not.EqualTo y)
