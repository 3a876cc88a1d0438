//! Accepts, reads and stays.

use tokio::io::AsyncReadExt;

use super::Stream;

/// Reads until the client leaves.
pub(super) async fn serve(mut stream: Box<dyn Stream>) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}
