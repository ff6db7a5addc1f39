namespace MtrlFunctional.Physics;

/// <summary>Kind of a named model element.</summary>
public enum ElementKind
{
    /// <summary>A rigid body.</summary>
    Body = Layout.Object_Body,

    /// <summary>A rigid body, of which a matrix is read instead of the quaternion.</summary>
    BodyFrame = Layout.Object_BodyFrame,

    /// <summary>A joint.</summary>
    Joint = Layout.Object_Joint,

    /// <summary>A shape, visible or colliding.</summary>
    Geom = Layout.Object_Geom,

    /// <summary>A marked place on a body.</summary>
    Site = Layout.Object_Site,

    /// <summary>A camera.</summary>
    Camera = Layout.Object_Camera,

    /// <summary>A mesh or convex hull.</summary>
    Mesh = Layout.Object_Mesh,

    /// <summary>An actuator.</summary>
    Actuator = Layout.Object_Actuator,

    /// <summary>A sensor.</summary>
    Sensor = Layout.Object_Sensor,

    /// <summary>A light.</summary>
    Light = Layout.Object_Light,

    /// <summary>A material.</summary>
    Material = Layout.Object_Material,

    /// <summary>A texture.</summary>
    Texture = Layout.Object_Texture,

    /// <summary>A tendon.</summary>
    Tendon = Layout.Object_Tendon,
}
