//! Ids, instants, minutes and words as database columns (feature `sqlx`).

/// Implements a column type by way of another one, which the database driver knows.
macro_rules! column {
    ($name:ty as $column:ty, $read:expr, $write:expr) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            $column: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$column as sqlx::Type<DB>>::type_info()
            }

            fn compatible(column: &DB::TypeInfo) -> bool {
                <$column as sqlx::Type<DB>>::compatible(column)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            $column: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut DB::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                let write: fn(Self) -> $column = $write;
                <$column as sqlx::Encode<'q, DB>>::encode_by_ref(&write(*self), buffer)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            $column: sqlx::Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let read: fn($column) -> Result<Self, sqlx::error::BoxDynError> = $read;
                read(<$column as sqlx::Decode<'r, DB>>::decode(value)?)
            }
        }
    };
}
pub(crate) use column;

/// Makes a newtype of a number a column of integers.
macro_rules! number_column {
    ($name:ident) => {
        crate::columns::column!($name as i64, |number| Ok(Self(number)), |it| it.0);
    };
}
pub(crate) use number_column;

/// Makes an enum of words a column of text. Reading a word that the enum does not have is an error; sqlx adds the
/// column's name.
macro_rules! word_column {
    ($name:ident) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            str: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <str as sqlx::Type<DB>>::type_info()
            }

            fn compatible(column: &DB::TypeInfo) -> bool {
                <str as sqlx::Type<DB>>::compatible(column)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            &'static str: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut DB::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <&'static str as sqlx::Encode<'q, DB>>::encode(self.as_str(), buffer)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            &'r str: sqlx::Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let word = <&'r str as sqlx::Decode<'r, DB>>::decode(value)?;
                Self::parse(word).ok_or_else(|| format!("`{word}` is not a {}", stringify!($name)).into())
            }
        }
    };
}
pub(crate) use word_column;
