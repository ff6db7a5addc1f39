namespace MtrlFunctional.Tests.Physics;

public sealed class ModelTests
{
    [Test]
    public void SizesAndNamesAreThoseOfTheDocument()
    {
        using var model = Model.LoadText(Scenes.Bench);
        Assert.That(model.Positions, Is.EqualTo(7 + 1 + 7 + 7));
        Assert.That(model.Velocities, Is.EqualTo(6 + 1 + 6 + 6));
        Assert.That(model.Controls, Is.EqualTo(1));
        Assert.That(model.Mocaps, Is.EqualTo(1));
        Assert.That(model.TimeStep, Is.EqualTo(0.0025));
        Assert.That(
            model.NamesOf(ElementKind.Body),
            Is.EqualTo(new[] { "world", "handle", "carriage", "finger", "box", "pad" }));
        Assert.That(model.Id(ElementKind.Joint, "slide"), Is.EqualTo(1));
        Assert.That(model.NameOf(ElementKind.Site, 0), Is.EqualTo("tip"));
        Assert.That(model.BodyPosition(model.Id(ElementKind.Body, "box")).ToArray(), Is.EqualTo(new[] { 0.5, 0, 0.05 }));
    }

    [Test]
    public void AnUnknownNameIsRefusedWithTheNearest()
    {
        using var model = Model.LoadText(Scenes.Bench);
        Assert.That(
            () => model.Id(ElementKind.Body, "cariage"),
            Throws.InstanceOf<PhysicsException>().With.Message.Contains("no body named 'cariage'").And.Message.Contains("carriage"));
        Assert.That(
            () => model.Doubles("body_poss").Length,
            Throws.InstanceOf<PhysicsException>().With.Message.Contains("body_pos"));
    }

    [Test]
    public void AMistakeInTheDocumentIsShownWithItsLine()
    {
        const string xml = """
            <mujoco>
              <worldbody>
                <geom type="ball" size="1"/>
              </worldbody>
            </mujoco>
            """;
        Assert.That(
            () => Model.LoadText(xml),
            Throws.InstanceOf<PhysicsException>().With.Message.Contains("3: <geom type=\"ball\" size=\"1\"/>"));
        Assert.That(
            () => Model.LoadText("<mujoco>\n<worldbody>\n<geom size='1'></body>\n</mujoco>"),
            Throws.InstanceOf<PhysicsException>().With.Message.Contains("3: <geom size='1'></body>"));
        Assert.That(
            () => Model.LoadText("<mujoco><asset><mesh name='m' file='none.stl'/></asset></mujoco>"),
            Throws.InstanceOf<PhysicsException>().With.Message.Contains("none.stl").And.Message.Contains("meshdir"));
        Assert.That(() => Model.LoadText("<mujoco>"), Throws.InstanceOf<PhysicsException>());
        Assert.That(() => Model.LoadText(""), Throws.InstanceOf<PhysicsException>());
        Assert.That(() => Model.LoadFile("no/such.xml"), Throws.InstanceOf<PhysicsException>().With.Message.StartsWith("no/such.xml"));
    }

    [Test]
    public void AFileIncludesOthers()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["part.xml"], "<mujocoinclude><geom name=\"g\" type=\"sphere\" size=\"1\"/></mujocoinclude>");
        File.WriteAllText(folder["main.xml"], "<mujoco><worldbody><include file=\"part.xml\"/></worldbody></mujoco>");
        using var model = Model.LoadFile(folder["main.xml"]);
        Assert.That(model.Id(ElementKind.Geom, "g"), Is.Zero);
    }

    [Test]
    public void ACopyIsEditedOnItsOwn()
    {
        using var model = Model.LoadText(Scenes.Bench);
        using var copy = model.Copy();
        var box = model.Id(ElementKind.Body, "box");
        copy.BodyPosition(box)[0] = 0.7;
        Assert.That(model.BodyPosition(box)[0], Is.EqualTo(0.5));
        Assert.That(copy.BodyPosition(box)[0], Is.EqualTo(0.7));
    }
}
