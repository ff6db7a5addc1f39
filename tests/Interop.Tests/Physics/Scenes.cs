namespace MtrlFunctional.Tests.Physics;

/// <summary>Small worlds for the tests of the physics binding.</summary>
internal static class Scenes
{
    /// <summary>
    /// A commanded handle welded to a carriage with a motor, above a floor on which a box lies;
    /// two pads rest on the box.
    /// </summary>
    internal const string Bench = """
        <mujoco model="bench">
          <option timestep="0.0025" cone="elliptic" tolerance="1e-10" iterations="50"/>
          <size njmax="200" nconmax="50"/>
          <worldbody>
            <geom name="floor" type="plane" size="2 2 0.1"/>
            <body name="handle" mocap="true" pos="0 0 0.5" quat="1 0 1 0"/>
            <body name="carriage" pos="0 0 0.5" quat="1 0 1 0">
              <freejoint name="float"/>
              <geom name="carriage" type="box" size="0.04 0.04 0.04" mass="0.5"/>
              <site name="tip" pos="0.1 0 0"/>
              <body name="finger" pos="0 0 0.1">
                <joint name="slide" type="slide" axis="1 0 0" range="-0.1 0.1" limited="true" damping="1"/>
                <geom name="finger" type="sphere" size="0.01" mass="0.1" contype="0" conaffinity="0"/>
              </body>
            </body>
            <body name="box" pos="0.5 0 0.05">
              <freejoint name="box"/>
              <geom name="box" type="box" size="0.05 0.05 0.05" mass="0.3"/>
            </body>
            <body name="pad" pos="0.5 0 0.121">
              <freejoint name="pad"/>
              <geom name="pad" type="sphere" size="0.02" mass="0.05"/>
            </body>
          </worldbody>
          <equality><weld body1="handle" body2="carriage"/></equality>
          <actuator><position joint="slide" kp="50" ctrllimited="true" ctrlrange="-1 1"/></actuator>
        </mujoco>
        """;

    /// <summary>The commanded pose of the tests: position and a quaternion that is not normalised.</summary>
    internal static readonly double[] Pose = [0.05, 0.02, 0.45, 1, 0, 1, 0];
}
