using TestTasks = MtrlFunctional.Tests.Environments.TestTasks;

namespace MtrlFunctional.Tests.Rendering;

public sealed class MosaicTests
{
    [Test]
    public void TilesStandInRows()
    {
        var whole = Mosaic.Of([.. Enumerable.Range(1, 5).Select(i => Flat((byte)i))], columns: 3, gap: 1);
        Assert.That((whole.Width, whole.Height), Is.EqualTo((8, 7)));
        string[] expected =
        [
            "11.22.33", "11.22.33", "11.22.33",
            "........",
            "44.55...", "44.55...", "44.55...",
        ];
        var shown = Enumerable.Range(0, 7).Select(y => string.Concat(Enumerable.Range(0, 8).Select(x =>
            whole.Pixels[3 * ((y * 8) + x)] is byte.MaxValue ? "." : $"{whole.Pixels[3 * ((y * 8) + x)]}")));
        Assert.That(shown, Is.EqualTo(expected));
    }

    [TestCase(1, 1)]
    [TestCase(10, 5)]
    [TestCase(50, 10)]
    public void ColumnsMakeABroadPicture(int count, int expected) =>
        Assert.That(Mosaic.Columns(count, 4.0 / 3), Is.EqualTo(expected));

    [Test]
    public void TilesOfDifferentSizesAreRefused() =>
        Assert.That(() => Mosaic.Of([Flat(1), new Frame(1, 1, new byte[3])], 2), Throws.ArgumentException);

    [Test]
    public void EveryEnvironmentHasItsTile()
    {
        // Two of one scene, which share a renderer.
        using var environments = TestTasks.Vector(
            [TestTasks.Slot("drawer-open-v3"), TestTasks.Slot("reach-v3"), TestTasks.Slot("drawer-close-v3")]);
        environments.Reset();
        using var renderer = new VectorRenderer(environments, [Camera.Overview, Camera.Close, Camera.Overview], 48, 36);
        var tiles = Enumerable.Range(0, 3).Select(i => renderer.Render(i)).ToArray();
        Assert.That(tiles.Select(tile => Convert.ToBase64String(tile.Pixels)), Is.Unique);
        using var single = new Renderer(environments.Rendered(1).World.Model, 48, 36);
        Assert.That(tiles[1].Pixels, Is.EqualTo(single.Render(environments.Rendered(1).World, Camera.Close).Pixels));
        Assert.That(
            renderer.RenderAll(_ => null).Pixels, Is.EqualTo(Mosaic.Of(tiles, renderer.Columns).Pixels));
    }

    private static Frame Flat(byte value) => new(2, 3, [.. Enumerable.Repeat(value, 18)]);
}
